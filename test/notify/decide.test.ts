import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Decision, decide, type Occasion, type Standing, untold } from '../../src/notify/decide.ts';

const minute = 60;
const hour = 3600;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 22, 10) / 1000;
const failuresAndRecoveries = ['failure', 'recovery'] as const;
const nothing: Decision = { tell: null, remember: undefined };

function decided(
  standing: Partial<Standing>,
  on: readonly ('failure' | 'recovery' | 'success')[] = failuresAndRecoveries,
): Decision {
  return decide({ status: 'failed', notifiedAt: null, every: 15 * minute, ...standing }, new Set(on), now);
}

test('a transfer that begins to fail is told of, and that is remembered', () => {
  assert.deepEqual(decided({ status: 'failed' }), { tell: 'failure', remember: now });
  assert.deepEqual(decided({ status: 'partial' }), { tell: 'failure', remember: now });
});

for (const [age, every, occasion] of [
  [15 * minute, 15 * minute, null],
  [23 * hour, 15 * minute, null],
  [day - 10 * minute, 15 * minute, null],
  [day, 15 * minute, 'reminder'],
  [3 * day, 15 * minute, 'reminder'],
  // A daily run that begins a little earlier than the day before, and one on a day of 23 hours.
  [day - minute, day, 'reminder'],
  [23 * hour - minute, day, 'reminder'],
  [22 * hour, day, null],
  // A clock that was set back.
  [-2 * hour, 15 * minute, null],
  [-40 * day, 15 * minute, 'reminder'],
] as const) {
  test(`a failure told ${age / hour} h ago, with a run each ${every / hour} h: ${occasion ?? 'nothing'}`, () => {
    const remember = occasion === null ? undefined : now;
    assert.deepEqual(decided({ notifiedAt: now - age, every }), { tell: occasion, remember });
  });
}

test('a failure that could not be told is told anew, or when it is over', () => {
  assert.deepEqual(decided({ notifiedAt: untold }), { tell: 'failure', remember: now });
  assert.deepEqual(decided({ status: 'ok', notifiedAt: untold }, ['failure']), {
    tell: 'belated',
    remember: null,
  });
});

test('a recovery is told once, and only when a failure had been', () => {
  assert.deepEqual(decided({ status: 'ok', notifiedAt: now - hour }), { tell: 'recovery', remember: null });
  assert.deepEqual(decided({ status: 'ok', notifiedAt: null }), nothing);
});

for (const status of ['locked', 'not-due'] as const) {
  test(`nothing is told, and nothing forgotten, of a transfer that is ${status}`, () => {
    assert.deepEqual(
      decided({ status, notifiedAt: now - 9 * day }, ['failure', 'recovery', 'success']),
      nothing,
    );
  });
}

for (const [on, failure, recovery, success] of [
  [['failure'], 'failure', null, null],
  [['recovery'], null, 'recovery', null],
  [['success'], null, 'success', 'success'],
  [['failure', 'success'], 'failure', 'success', 'success'],
  [['failure', 'recovery', 'success'], 'failure', 'recovery', 'success'],
  [[], null, null, null],
] as const) {
  test(`on = ${on.join(', ') || 'nothing'}`, () => {
    const told = (standing: Partial<Standing>): Occasion | null => decided(standing, on).tell;
    assert.equal(told({ status: 'failed' }), failure);
    assert.equal(told({ status: 'ok', notifiedAt: now - hour }), recovery);
    assert.equal(told({ status: 'ok' }), success);
  });
}

test('an outage of 30 days with a run each 15 minutes is told 30 times, and its end once', () => {
  const told = new Map<string, number>();
  let notifiedAt: number | null = null;
  for (let at = now; at <= now + 30 * day; at += 15 * minute) {
    const status = at < now + 30 * day ? 'failed' : 'ok';
    const { tell, remember } = decide(
      { status, notifiedAt, every: 15 * minute },
      new Set(failuresAndRecoveries),
      at,
    );
    if (tell !== null) told.set(tell, (told.get(tell) ?? 0) + 1);
    if (remember !== undefined) notifiedAt = remember;
  }
  assert.deepEqual(Object.fromEntries(told), { failure: 1, reminder: 29, recovery: 1 });
});
