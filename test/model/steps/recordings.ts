import fc from 'fast-check';
import type { RecordingTarget } from '../../appliance/recordings.ts';
import { type PlannableStep, pick, step } from '../step.ts';
import { type RecordingKey, recordingsOf } from '../truth.ts';
import type { World } from '../world.ts';
import { newMedia, noteState } from './sessions.ts';

const which = fc.nat(99);

const notReady = step({
  name: 'a recording is not ready',
  weight: 2,
  parameters: fc.record({ which, times: fc.integer({ min: 1, max: 3 }) }),
  take(world, { which: index, times }) {
    const key = pick(recordings(world), index);
    if (key === undefined || world.truth.isExpired(key)) return false;
    world.appliance.recordings.configure({ state: { notReadyFor: times } }, targetOf(key));
    return true;
  },
});

const fails = step({
  name: 'recordings fail',
  weight: 2,
  parameters: fc.record({
    fault: fc.constantFrom('reset-body', 'truncate', 'html', 'status'),
    times: fc.integer({ min: 1, max: 6 }),
  }),
  take({ appliance }, { fault, times }) {
    const spoils = (report: string | null): boolean =>
      // A text that ends early, and cleanly, is a shorter text: nobody can tell.
      fault === 'truncate' ? report === 'SupportSessionRecording' : (report?.endsWith('Recording') ?? false);
    appliance.faults.add(fault === 'status' ? { type: fault, status: 500 } : { type: fault }, {
      times,
      where: ({ report }) => spoils(report),
    });
    return true;
  },
});

const expires = step({
  name: 'a recording expires',
  weight: 1,
  parameters: fc.record({ which }),
  take(world, { which: index }) {
    const key = pick(recordings(world), index);
    if (key === undefined) return false;
    world.appliance.recordings.configure({ state: 'expired' }, targetOf(key));
    world.truth.expire(key);
    return true;
  },
});

/** The appliance makes other bytes of the same recording, whenever it likes. */
const converted = step({
  name: 'recordings are converted anew',
  weight: 2,
  parameters: fc.constant(null),
  take(world) {
    const sessions = world.appliance.sessions.all().filter((session) => recordingsOf(session).length > 0);
    for (const { lsid } of sessions) {
      noteState(
        world,
        world.appliance.sessions.edit(lsid, (session) => ({
          ...session,
          recording: session.recording && newMedia(world, 'mp4'),
          commandShellRecordings: session.commandShellRecordings.map(({ instance }) => ({
            instance,
            media: newMedia(world, 'text'),
          })),
        })),
      );
    }
    return sessions.length > 0;
  },
});

export const recordingSteps: readonly PlannableStep[] = [notReady, fails, expires, converted];

/** At the end of a history whatever has not expired can be fetched. */
export function letBeReady(world: World): void {
  for (const key of recordings(world)) {
    if (!world.truth.isExpired(key)) world.appliance.recordings.configure({ state: 'ready' }, targetOf(key));
  }
}

function recordings({ appliance }: World): readonly RecordingKey[] {
  return appliance.sessions.all().flatMap((session) => recordingsOf(session).map(({ key }) => key));
}

function targetOf({ kind, lsid, instance }: RecordingKey): RecordingTarget {
  return kind === 'session-recordings'
    ? { kind: 'session', lsid, instance: null }
    : { kind: 'shell', lsid, instance };
}
