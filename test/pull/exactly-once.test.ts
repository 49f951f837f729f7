import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Destination } from '../../src/destinations/destination.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { IcError } from '../../src/platform/errors.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { aSession } from '../appliance/specimens.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { reportedContents } from '../support/oracle.ts';
import { createPuller, type Puller } from '../support/pulling.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const hour = 3600;
const day = 24 * hour;

/** Longer than all waits of a run together: what had ended before the first pull's start is nobody's promise. */
const start = '60d';

/** What may happen between and during pulls. Times are in seconds. */
type Step =
  | { readonly type: 'end'; readonly count: number; readonly ago: number }
  | { readonly type: 'begin'; readonly ago: number }
  | { readonly type: 'close'; readonly which: number }
  | { readonly type: 'edit'; readonly which: number }
  | { readonly type: 'wait'; readonly seconds: number }
  | { readonly type: 'set clock back'; readonly seconds: number }
  | { readonly type: 'pull'; readonly localOffset: number }
  | { readonly type: 'pull under a fault'; readonly fault: FaultName; readonly skip: number }
  | { readonly type: 'pull into a failing destination'; readonly after: number }
  | { readonly type: 'lose the state' }
  | { readonly type: 'go back to an old state' };

const faults = {
  reset: { type: 'reset-body', after: 0.6 },
  truncated: { type: 'truncate', after: 0.6 },
  unavailable: { type: 'status', status: 503 },
  html: { type: 'html' },
  error: { type: 'error', text: 'The database is being upgraded.' },
  unauthorized: { type: 'status', status: 401 },
} as const;
type FaultName = keyof typeof faults;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('end' as const),
      count: fc.integer({ min: 1, max: 6 }),
      ago: fc.integer({ min: 0, max: 3 * hour }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('begin' as const), ago: fc.integer({ min: 0, max: day }) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('close' as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('edit' as const), which: fc.nat(99) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      seconds: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 300, max: day })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('set clock back' as const),
      seconds: fc.integer({ min: 1, max: hour }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      type: fc.constant('pull' as const),
      localOffset: fc.integer({ min: -day, max: day }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('pull under a fault' as const),
      fault: fc.constantFrom(...(Object.keys(faults) as FaultName[])),
      skip: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('pull into a failing destination' as const), after: fc.nat(5) }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'lose the state' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'go back to an old state' as const }) },
);

/** One run in which each thing happens, so that none is left to chance. */
const everything: Step[] = [
  { type: 'end', count: 3, ago: 600 },
  { type: 'begin', ago: 3600 },
  { type: 'pull into a failing destination', after: 0 },
  { type: 'pull', localOffset: day },
  { type: 'edit', which: 0 },
  { type: 'close', which: 0 },
  { type: 'wait', seconds: 300 },
  { type: 'end', count: 2, ago: 120 },
  { type: 'pull under a fault', fault: 'truncated', skip: 0 },
  { type: 'lose the state' },
  { type: 'pull', localOffset: -day },
  { type: 'set clock back', seconds: 1800 },
  { type: 'end', count: 1, ago: 60 },
  { type: 'pull', localOffset: 0 },
  { type: 'go back to an old state' },
];

/** The same runs each time, unless IC_TEST_RUNS asks for so many that nobody has seen. */
const { IC_TEST_RUNS } = process.env;
const exploration = IC_TEST_RUNS ? { numRuns: Number(IC_TEST_RUNS) } : { numRuns: 30, seed: 1 };

/** That the steps reached what they are for: a suite in which nothing ever fails proves nothing. */
const seen = { failures: 0, adopted: 0, edits: 0, lateCloses: 0, ties: 0, lostStates: 0 };

test('every closed session is stored exactly once, in its latest content, whatever happens', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 24 }), async (steps) => {
      const directory = await temporaryDirectory(t);
      await using appliance = await startAppliance();
      const world = new World(
        appliance,
        directory,
        await createPuller(directory, appliance, { site: 'retries = 1', transfer: `start = ${start}` }),
      );
      for (const next of steps) await world.take(next);
      await world.settleAndCompare();
    }),
    { ...exploration, examples: [[everything]] },
  );
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `no run saw ${what}`);
});

class World {
  readonly #appliance: Appliance;
  readonly #directory: string;
  readonly #puller: Puller;
  #sessions = 0;

  constructor(appliance: Appliance, directory: string, puller: Puller) {
    this.#appliance = appliance;
    this.#directory = directory;
    this.#puller = puller;
  }

  async take(next: Step): Promise<void> {
    switch (next.type) {
      case 'end':
        return this.#end(next.count, next.ago);
      case 'begin':
        return void this.#appliance.sessions.add(
          aSession({ startTime: this.#now - next.ago, endTime: null }),
        );
      case 'close':
        return this.#close(next.which);
      case 'edit':
        return this.#edit(next.which);
      case 'wait':
        return this.#appliance.clock.advance(next.seconds * 1000);
      case 'set clock back':
        return this.#appliance.clock.advance(-next.seconds * 1000);
      case 'pull':
        return this.#pull(next.localOffset);
      case 'pull under a fault':
        return this.#pullUnderFault(next.fault, next.skip);
      case 'pull into a failing destination':
        return this.#pullIntoFailing(next.after);
      case 'lose the state':
        return this.#loseState();
      case 'go back to an old state':
        return this.#oldState();
    }
  }

  get #now(): number {
    return this.#appliance.clock.seconds();
  }

  get #state(): string {
    return join(this.#directory, 'ic-state.db');
  }

  /** Several sessions that end in one second. */
  #end(count: number, ago: number): void {
    if (count > 1) seen.ties += 1;
    for (let index = 0; index < count; index += 1) {
      this.#sessions += 1;
      const endTime = this.#now - ago;
      this.#appliance.sessions.add(
        aSession({ startTime: endTime - 60 * (index + 1), endTime, externalKey: `key ${this.#sessions}` }),
      );
    }
  }

  #close(which: number): void {
    const open = this.#appliance.sessions.open();
    const session = open[which % Math.max(1, open.length)];
    if (session === undefined) return;
    seen.lateCloses += 1;
    this.#appliance.sessions.close(session.lsid, this.#now);
  }

  /** Of what began long ago, edits are not seen: a sweep looks a week back. */
  #edit(which: number): void {
    const closed = this.#appliance.sessions
      .closed()
      .filter((session) => session.startTime > this.#now - 5 * day);
    const session = closed[which % Math.max(1, closed.length)];
    if (session === undefined) return;
    seen.edits += 1;
    this.#sessions += 1;
    this.#appliance.sessions.edit(session.lsid, { externalKey: `edited ${this.#sessions}` });
  }

  async #pull(localOffset: number): Promise<void> {
    const clock = { ...systemClock, now: () => Date.now() + localOffset * 1000, sleep: async () => {} };
    const result = await this.#puller.pull({ clock });
    assert.equal(result.error, null);
    await copyFile(this.#state, `${this.#state}.old`);
  }

  async #pullUnderFault(fault: FaultName, skip: number): Promise<void> {
    const active = this.#appliance.faults.add(faults[fault], {
      api: 'reporting',
      skip,
      times: Number.POSITIVE_INFINITY,
    });
    const result = await this.#puller.pull();
    if (active.hits > 0) {
      seen.failures += 1;
      assert.notEqual(result.exitCode, 0, `${fault} looked like success`);
    }
    active.remove();
  }

  /** Stores what it is given and then says that it failed: what a crash between rename and commit leaves behind. */
  async #pullIntoFailing(after: number): Promise<void> {
    await this.#puller.pull({ destination: (real) => failingAfter(real, after, () => (seen.adopted += 1)) });
  }

  async #loseState(): Promise<void> {
    seen.lostStates += 1;
    await rm(this.#state, { force: true });
    await rm(`${this.#state}.previous`, { force: true });
  }

  async #oldState(): Promise<void> {
    await copyFile(`${this.#state}.old`, this.#state).catch(() => undefined);
  }

  /** A day later everything has settled and a sweep has looked again; then appliance and archive are the same. */
  async settleAndCompare(): Promise<void> {
    // The clock may have been set back: everything that ended lies in the past again.
    this.#appliance.clock.advance(26 * hour * 1000);
    assert.equal((await this.#puller.pull()).exitCode, 0);
    // The day has passed for the appliance alone: what is open for too long is delivered once a second pull confirms it.
    assert.equal((await this.#puller.pull()).exitCode, 0);
    assert.equal((await this.#puller.pull()).kinds.sessions?.delivered, 0);
    const stored = await storedSessions(join(this.#directory, 'archive'));
    const latest = await reportedContents(this.#appliance);
    const contents = stored.map((item) => `${item.session.lsid} ${item.contentHash}`);
    assert.equal(new Set(contents).size, contents.length, 'something is stored twice');
    for (const [lsid, hash] of latest)
      assert.ok(contents.includes(`${lsid} ${hash}`), `${lsid} is missing or outdated`);
    const known = new Set(this.#appliance.sessions.all().map((session) => session.lsid));
    for (const item of stored) assert.ok(known.has(item.session.lsid), `${item.path} was invented`);
  }
}

function failingAfter(real: Destination, batches: number, failing: () => void): Destination {
  let remaining = batches;
  return new Proxy(real, {
    get(target, property) {
      const value = Reflect.get(target, property);
      if (property !== 'deliver') return typeof value === 'function' ? value.bind(target) : value;
      return async (...parameters: Parameters<Destination['deliver']>) => {
        const outcomes = await target.deliver(...parameters);
        if (remaining <= 0) {
          failing();
          throw new IcError('io', 'The disk is full.');
        }
        remaining -= 1;
        return outcomes;
      };
    },
  });
}
