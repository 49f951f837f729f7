import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../src/appliance/pace.ts';
import { pauseMs, readRetryAfter } from '../../src/appliance/retry.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { forEver } from './support.ts';

/** Time stands still but for sleeping. */
function stillClock(): Clock {
  let time = 5000;
  return {
    now: () => time,
    monotonic: () => time,
    sleep: async (ms) => {
      time += ms;
    },
  };
}

async function times(clock: Clock, pace: Pace, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    await pace.turn(forEver);
    found.push(Math.round(clock.monotonic() - 5000));
  }
  return found;
}

test('in no second begin more requests than are allowed', async () => {
  const clock = stillClock();
  assert.deepEqual(await times(clock, new Pace(clock, 5), 8), [0, 0, 0, 0, 0, 1000, 1000, 1000]);
});

test('less than one in a second is possible, and so is a part of one more', async () => {
  const slow = stillClock();
  assert.deepEqual(await times(slow, new Pace(slow, 0.5), 3), [0, 2000, 4000]);
  const uneven = stillClock();
  assert.deepEqual(await times(uneven, new Pace(uneven, 2.5), 5), [0, 0, 800, 800, 1600]);
});

test('what was not used is not saved up', async () => {
  const clock = stillClock();
  const pace = new Pace(clock, 2);
  await times(clock, pace, 6);
  await clock.sleep(60_000);
  const before = Math.round(clock.monotonic() - 5000);
  assert.deepEqual(await times(clock, pace, 4), [before, before, before + 1000, before + 1000]);
});

test('a pause that the appliance asks for holds everybody', async () => {
  const clock = stillClock();
  const pace = new Pace(clock, 5);
  pace.hold(7000);
  assert.deepEqual(await times(clock, pace, 2), [7000, 7000]);
});

test('the pauses double up to half a minute, less a random part', () => {
  const longest = [0, 1, 2, 3, 9].map((attempt) => pauseMs(attempt, () => 1));
  assert.deepEqual(longest, [500, 1000, 2000, 4000, 30_000]);
  assert.equal(
    pauseMs(3, () => 0),
    2000,
  );
});

test('Retry-After is seconds, or a date by the clock of the appliance', () => {
  const date = 'Sun, 22 Nov 2026 12:00:00 GMT';
  assert.equal(readRetryAfter({ 'retry-after': '3' }), 3000);
  assert.equal(readRetryAfter({ 'retry-after': 'Sun, 22 Nov 2026 12:00:05 GMT', date }), 5000);
  assert.equal(readRetryAfter({ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT', date }), 0);
  assert.equal(readRetryAfter({ 'retry-after': 'soon', date }), null);
  assert.equal(readRetryAfter({}), null);
});
