import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { keepHeapSmall } from '../../src/platform/heap.ts';
import { assertComplete } from './oracle.ts';
import type { Settings } from './settings.ts';
import type { PlannableStep, PlannedStep } from './step.ts';
import { letBeReady } from './steps/recordings.ts';
import { add } from './steps/sessions.ts';
import { seen, World } from './world.ts';

const hour = 3600;

/** What the histories of one test are made of. */
export interface Histories {
  readonly settings: fc.Arbitrary<Settings>;
  readonly steps: readonly PlannableStep[];
  /** How many there are in each run of the tests, and from which seed; always the same ones. */
  readonly count: number;
  readonly seed: number;
  /** Besides every step: what must have been seen at least once. */
  readonly events: readonly string[];
}

/** `IC_TEST_RUNS` asks for so many that nobody has seen, `IC_TEST_SEED` and `IC_TEST_PATH` for one that somebody has. */
const { IC_TEST_RUNS, IC_TEST_SEED, IC_TEST_PATH } = process.env;

/** So many histories have met every step, rare ones included. */
const enoughForAll = 500;

/** Goes through random histories, and fails with the shortest one that it finds after which something is not as promised. */
export async function assertHistories(histories: Histories): Promise<void> {
  const { steps, count, seed, events } = histories;
  const explored = IC_TEST_RUNS === undefined ? { numRuns: count, seed } : { numRuns: Number(IC_TEST_RUNS) };
  const chosen = IC_TEST_SEED === undefined ? {} : { seed: Number(IC_TEST_SEED) };
  const path = IC_TEST_PATH === undefined ? {} : { path: IC_TEST_PATH };
  await fc.assert(propertyOf(histories), { ...explored, ...chosen, ...path });
  const expected = [...steps.map(({ name }) => name), ...events];
  if (explored.numRuns < enoughForAll || IC_TEST_PATH !== undefined) return;
  assert.deepEqual(
    expected.filter((what) => !seen.has(what)),
    [],
    'no history saw these',
  );
}

/** That a history ends as promised. */
export function propertyOf({
  settings,
  steps,
}: Histories): fc.IAsyncPropertyWithHooks<[Settings, readonly PlannedStep[]]> {
  collectLessOften();
  const step = fc.oneof(...steps.map(({ weight, planned }) => ({ weight, arbitrary: planned })));
  return fc.asyncProperty(settings, fc.array(step, { minLength: 5, maxLength: 14 }), live);
}

/** A pull keeps the heap of its process small, which would cost a third of the time here. */
function collectLessOften(): void {
  keepHeapSmall();
  setFlagsFromString('--heap-growing-percent=0');
}

/** One history, from an empty directory to the comparison at its end. */
async function live(settings: Settings, steps: readonly PlannedStep[]): Promise<void> {
  const directory = mkdtempSync(join(fastDirectory(), 'ic-model-'));
  await using world = await World.start(directory, settings);
  try {
    for (const step of steps) await step.take(world);
    await settle(world);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${world.diary.join('\n')}`, {
      cause: error,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** In memory, where there is such a place: a history writes much and keeps nothing. */
function fastDirectory(): string {
  return statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() ? '/dev/shm' : tmpdir();
}

/** All is well again, and a day later a sweep has looked once more: then what was promised is there. */
async function settle(world: World): Promise<void> {
  world.note('all is well again');
  world.appliance.faults.clear();
  world.removeObstacles();
  world.clocks.setRight();
  letBeReady(world);
  world.clocks.pass(26 * hour);
  await pullUntilQuiet(world);
  const until = world.appliance.clock.seconds() - 60;
  assertComplete(world, until);
  await assertVerified(world);
  await assertFlows(world);
}

/** Pauses are at most six hours long, and an unconfirmed clock needs a second run. */
async function pullUntilQuiet(world: World): Promise<void> {
  for (let round = 0; round < 8; round += 1) {
    const { code, document } = await world.pullAsTold();
    const counts: readonly Counts[] = (document?.transfers ?? []).flatMap(countsOf);
    if (code === 0 && counts.every(({ owed }) => owed === 0)) return;
    world.clocks.pass(7 * hour);
  }
  throw new Error('something stays owed, or goes on failing');
}

interface Counts {
  readonly delivered: number;
  readonly owed: number;
}

function countsOf({ kinds }: { readonly kinds: Readonly<Record<string, Counts>> }): readonly Counts[] {
  return Object.values(kinds);
}

async function assertVerified(world: World): Promise<void> {
  const { code, document } = await world.ic(['verify']);
  assert.equal(code, 0, `verify: ${JSON.stringify(document?.destinations)}`);
}

/** A new session is delivered by the next pull to each destination that wants it, and nothing that was there before. */
async function assertFlows(world: World): Promise<void> {
  const before = copiesIn(world);
  const now = world.appliance.clock.seconds();
  const { lsid } = add(world, now - 300, now - 60, 'nothing');
  world.clocks.pass(600);
  const { code, document } = await world.pull();
  assert.equal(code, 0, 'a pull of one new session');
  const added = copiesIn(world).filter((copy) => !before.includes(copy));
  const isLeftOpen = (copy: string): boolean =>
    world.appliance.sessions.open().some((session) => copy.includes(session.lsid));
  const counted: readonly Counts[] = document.transfers.flatMap(countsOf);
  const delivered = counted.reduce((sum, counts) => sum + counts.delivered, 0);
  assert.equal(delivered, added.length, 'what is delivered is stored');
  const wanted = world.settings.transfers.filter(({ kinds }) => kinds.includes('sessions'));
  assert.deepEqual(
    added.filter((copy) => !isLeftOpen(copy)),
    [...new Set(wanted.map(({ destination }) => `${destination} ${lsid}`))],
    'what is new is stored, and nothing else',
  );
}

/** Every copy of a session and every recording that the destinations of the transfers hold. */
function copiesIn(world: World): readonly string[] {
  const used = new Set(world.settings.transfers.map(({ destination }) => destination));
  return [...used].flatMap((destination) => {
    const store = world.storeOf(destination);
    const held = [...store.sessions().map(({ lsid }) => lsid), ...store.recordings().map(({ key }) => key)];
    return held.map((what) => `${destination} ${what}`);
  });
}
