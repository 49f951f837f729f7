import { intoDatabase, intoFiles } from './arbitrary-settings.ts';
import type { Histories } from './history.ts';
import type { PlannableStep } from './step.ts';
import { killSteps } from './steps/kills.ts';
import { askedSteps, pullSteps } from './steps/pulls.ts';
import { recordingSteps } from './steps/recordings.ts';
import { refusalSteps } from './steps/refusals.ts';
import { sessionSteps } from './steps/sessions.ts';
import { stateSteps } from './steps/state.ts';
import { timeSteps } from './steps/time.ts';

const usual: readonly PlannableStep[] = [...sessionSteps, ...timeSteps, ...pullSteps];

/** Histories by what they are mostly about. */
export const histories = {
  files: {
    settings: intoFiles,
    steps: [...usual, ...recordingSteps, ...stateSteps, ...refusalSteps, ...askedSteps, ...killSteps],
    count: 60,
    seed: 1,
    events: ['a tie', 'a recording', 'a held lock'],
  },
  database: {
    settings: intoDatabase,
    steps: [...usual, ...stateSteps, ...refusalSteps, ...killSteps],
    count: 60,
    seed: 2,
    events: [],
  },
} as const satisfies Readonly<Record<string, Histories>>;
