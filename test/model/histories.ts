import { intoDatabase, intoEither, intoFiles } from './arbitrary-settings.ts';
import type { Histories } from './history.ts';
import type { PlannableStep } from './step.ts';
import { configurationSteps } from './steps/configuration.ts';
import { destinationSteps, diskSteps } from './steps/destinations.ts';
import { killSteps } from './steps/kills.ts';
import { askedSteps, pullSteps, severalSteps } from './steps/pulls.ts';
import { recordingSteps } from './steps/recordings.ts';
import { refusalSteps } from './steps/refusals.ts';
import { reorderSteps, sessionSteps } from './steps/sessions.ts';
import { stateSteps } from './steps/state.ts';
import { clockSteps, timeSteps } from './steps/time.ts';

const usual: readonly PlannableStep[] = [...sessionSteps, ...reorderSteps, ...timeSteps, ...pullSteps];

/** Histories by what they are mostly about. */
export const histories = {
  files: {
    settings: intoFiles,
    steps: [...usual, ...recordingSteps, ...stateSteps, ...refusalSteps, ...askedSteps, ...killSteps],
    count: 100,
    seed: 1,
    events: ['a tie', 'a recording', 'a held lock'],
  },
  database: {
    settings: intoDatabase,
    steps: [...usual, ...stateSteps, ...refusalSteps, ...destinationSteps, ...killSteps],
    count: 80,
    seed: 2,
    events: ['a remedy that was followed'],
  },
  clocks: {
    settings: intoEither,
    steps: [...usual, ...clockSteps, ...recordingSteps, ...stateSteps],
    count: 120,
    seed: 3,
    events: [],
  },
  configuration: {
    settings: intoEither,
    steps: [
      ...usual,
      ...severalSteps,
      ...configurationSteps,
      ...recordingSteps,
      ...stateSteps,
      ...refusalSteps,
    ],
    count: 120,
    seed: 4,
    events: [],
  },
  disasters: {
    settings: intoEither,
    steps: [...usual, ...killSteps, ...destinationSteps, ...diskSteps, ...stateSteps, ...recordingSteps],
    count: 100,
    seed: 5,
    events: ['a remedy that was followed'],
  },
  everything: {
    settings: intoEither,
    steps: [
      ...usual,
      ...recordingSteps,
      ...clockSteps,
      ...configurationSteps,
      ...stateSteps,
      ...refusalSteps,
      ...destinationSteps,
      ...diskSteps,
      ...severalSteps,
      ...killSteps,
      ...askedSteps,
    ],
    count: 80,
    seed: 6,
    events: [],
  },
} as const satisfies Readonly<Record<string, Histories>>;
