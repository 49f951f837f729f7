import fc from 'fast-check';
import { type MediaSpec, media } from '../../appliance/media.ts';
import type { SessionSpec } from '../../appliance/spec.ts';
import { anEvent, aSession } from '../../appliance/specimens.ts';
import { type PlannableStep, pick, step } from '../step.ts';
import { recordingsOf } from '../truth.ts';
import { smallestRecording, type World } from '../world.ts';

const hour = 3600;
const day = 24 * hour;

/** What begun sessions have besides their data. */
const recorded = fc.constantFrom('nothing', 'screen', 'shells', 'both');

/** Several sessions that end in one second, and are reported `ago` seconds later. */
const end = step({
  name: 'sessions end',
  weight: 6,
  parameters: fc.record({
    count: fc.integer({ min: 1, max: 3 }),
    ago: fc.integer({ min: 0, max: 3 * hour }),
    recorded,
  }),
  take(world, { count, ago, recorded: what }) {
    const endTime = world.appliance.clock.seconds() - ago;
    for (let index = 0; index < count; index += 1) add(world, endTime - 60 * (index + 1), endTime, what);
    if (count > 1) world.saw('a tie');
    return true;
  },
});

/** One that had ended long before the history begins. */
const endedLongAgo = step({
  name: 'an old session exists',
  weight: 1,
  parameters: fc.record({ days: fc.integer({ min: 1, max: 40 }), recorded }),
  take(world, { days, recorded: what }) {
    if (world.diary.some((line) => line.includes('ic pull'))) return false;
    const endTime = world.appliance.clock.seconds() - days * day;
    add(world, endTime - 600, endTime, what, endTime);
    return true;
  },
});

const begin = step({
  name: 'a session begins',
  weight: 3,
  parameters: fc.record({ ago: fc.integer({ min: 0, max: day }), recorded }),
  take(world, { ago, recorded: what }) {
    add(world, world.appliance.clock.seconds() - ago, null, what);
    return true;
  },
});

const close = step({
  name: 'an open session ends',
  weight: 3,
  parameters: fc.record({ which: fc.nat(9) }),
  take(world, { which }) {
    const session = pick(world.appliance.sessions.open(), which);
    if (session === undefined || session.endTime !== null) return false;
    noteState(world, world.appliance.sessions.close(session.lsid));
    return true;
  },
});

/** Each changes another part of what a report says. */
const edits: readonly ((session: SessionSpec, number: number) => Partial<SessionSpec>)[] = [
  (_, number) => ({ externalKey: `key ${number}` }),
  (_, number) => ({ fileTransferCount: String(number) }),
  (_, number) => ({
    customAttributes: [{ displayName: 'Ticket', codeName: 'ticket', value: String(number) }],
  }),
  ({ events, startTime }, number) => ({
    events: [...events, anEvent({ time: startTime, type: 'Chat Message', body: `message ${number}` })],
  }),
  ({ customers }, number) => ({
    customers: (customers ?? []).map((customer) => ({ ...customer, hostname: `host-${number}` })),
  }),
  ({ representatives }, number) => ({
    representatives: (representatives ?? []).map((one) => ({ ...one, secondsInvolved: String(number) })),
  }),
];

/** Of what began long ago edits are not seen: a sweep looks a week back, of which two days are the history's end. */
const edit = step({
  name: 'a session is edited',
  weight: 3,
  parameters: fc.record({ which: fc.nat(99), part: fc.nat(edits.length - 1) }),
  take(world, { which, part }) {
    const session = pick(
      world.appliance.sessions.closed().filter((one) => isYoung(world, one)),
      which,
    );
    const change = edits[part];
    if (session === undefined || change === undefined) return false;
    const number = world.nextNumber();
    noteState(
      world,
      world.appliance.sessions.edit(session.lsid, (one) => ({ ...one, ...change(one, number) })),
    );
    return true;
  },
});

/** The next report writes the session in another way, and says the same. */
const reorder = step({
  name: 'a report is written in another order',
  weight: 1,
  parameters: fc.record({ which: fc.nat(99) }),
  take({ appliance }, { which }) {
    const session = pick(appliance.sessions.closed(), which);
    if (session === undefined) return false;
    const order = session.style.order === 'documented' ? 'other' : 'documented';
    appliance.sessions.edit(session.lsid, { style: { ...session.style, order } });
    return true;
  },
});

export const sessionSteps: readonly PlannableStep[] = [end, endedLongAgo, begin, close, edit];

export const reorderSteps: readonly PlannableStep[] = [reorder];

function isYoung({ appliance, clocks, truth }: World, { lsid, startTime }: SessionSpec): boolean {
  const begunAt = truth.session(lsid)?.begunAt ?? 0;
  return startTime > appliance.clock.seconds() - 4 * day && begunAt > clocks.now - 4 * day;
}

/** `known`: when the true time was that a report first had it, if not now. */
export function add(
  world: World,
  startTime: number,
  endTime: number | null,
  recorded: string,
  known = world.clocks.now,
): SessionSpec {
  const has = (what: string): boolean => recorded === what || recorded === 'both';
  const session = aSession({
    lsid: world.nextLsid(),
    startTime,
    endTime,
    externalKey: `key ${world.nextNumber()}`,
    recording: has('screen') ? newMedia(world, 'mp4') : null,
    commandShellRecordings: has('shells')
      ? [0, 1].map((instance) => ({ instance, media: newMedia(world, 'text') }))
      : [],
  });
  world.appliance.sessions.add(session);
  world.truth.record(session, known);
  if (recordingsOf(session).length > 0) world.saw('a recording');
  return session;
}

export function newMedia(world: World, format: MediaSpec['format']): MediaSpec {
  const seed = world.nextNumber();
  return media({ format, seed, size: smallestRecording + 200 + seed });
}

export function noteState(world: World, session: SessionSpec): void {
  world.truth.record(session, world.clocks.now);
}
