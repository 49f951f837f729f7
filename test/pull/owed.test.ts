import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterMiss,
  isDue,
  isGivenUp,
  isOverdue,
  oldestFirst,
  pauseAfter,
  retryLater,
  withoutFuture,
} from '../../src/pull/owed.ts';
import type { OwedItem } from '../../src/state/state.ts';

const now = 1_700_000_000;
const day = 86_400;
const item: OwedItem = {
  kind: 'session-recordings',
  lsid: 'a',
  instance: 0,
  since: now,
  attempts: 0,
  nextTry: now,
  status: 'new',
  reason: '',
  names: { lseq: null, sessionType: null, externalKey: null, startTime: null, endTime: now - 10 },
};

test('pauses are five minutes, doubling, at most six hours', () => {
  assert.deepEqual([1, 2, 3, 4, 7, 8, 50].map(pauseAfter), [300, 600, 1200, 2400, 19_200, 21_600, 21_600]);
});

test('a failed attempt is counted and the next one put off', () => {
  const later = retryLater(item, now, { status: 'failed', reason: 'reset' });
  assert.equal(later.attempts, 1);
  assert.equal(isDue(later, now + 299), false);
  assert.equal(isDue(later, now + 300), true);
});

test('what is not ready is overdue after its first day only, what failed at once, what is new never', () => {
  assert.equal(isOverdue({ ...item, status: 'not-ready' }, now + day - 1), false);
  assert.equal(isOverdue({ ...item, status: 'not-ready' }, now + day), true);
  assert.equal(isOverdue({ ...item, status: 'failed' }, now), true);
  assert.equal(isOverdue(item, now + 10 * day), false);
});

test('all of it is overdue after a day by this machine’s clock, and what is not ready after the attempts of one', () => {
  const machineSince = 1000;
  for (const status of ['new', 'not-ready'] as const) {
    const owed = { ...item, status, machineSince };
    assert.equal(isOverdue(owed, now, machineSince + day - 1), false);
    assert.equal(isOverdue(owed, now, machineSince + day), true);
  }
  assert.equal(isOverdue({ ...item, status: 'not-ready', attempts: 9 }, now), false);
  assert.equal(isOverdue({ ...item, status: 'not-ready', attempts: 10 }, now), true);
});

test('what was to be tried at a time that lies far ahead is due now', () => {
  const ahead = { ...item, since: now + 30 * day, nextTry: now + 30 * day };
  assert.equal(isDue(ahead, now), true);
  assert.equal(isDue({ ...ahead, since: now }, now), true);
  assert.equal(isDue({ ...item, nextTry: now + 21_600 }, now), false);
});

test('what is owed since a time that lies ahead counts from now, but not from before its session ended', () => {
  const moment = { shown: now, now, until: now, reaches: now, isConfirmed: true, reading: null };
  const ahead = { ...item, since: now + 30 * day };
  assert.equal(withoutFuture(ahead, moment).since, now);
  assert.equal(withoutFuture(ahead, { ...moment, isConfirmed: false }).since, ahead.since);
  assert.equal(withoutFuture(item, { ...moment, now: now - 3000 * day }).since, now - 10);
});

test('it is given up after three attempts at least, and never by a time that is not confirmed', () => {
  const moment = { shown: now, now, until: now, reaches: now, isConfirmed: true, reading: null };
  const old = { ...item, since: now - 20 * day };
  const why = { status: 'failed', reason: 'reset' } as const;
  const givenUp = (attempts: number, changes: object = {}) =>
    afterMiss({ ...old, attempts }, { ...moment, ...changes }, 14 * day, why).isGivenUp;
  assert.deepEqual([givenUp(0), givenUp(1), givenUp(2)], [false, false, true]);
  assert.equal(givenUp(2, { isConfirmed: false }), false);
  const { owed } = afterMiss({ ...old, attempts: 5 }, { ...moment, isConfirmed: false }, 14 * day, why);
  assert.equal(isDue(owed, now), true, 'the next run decides');
});

test('it is given up after its time', () => {
  assert.equal(isGivenUp(item, now + 14 * day - 1, 14 * day), false);
  assert.equal(isGivenUp(item, now + 14 * day, 14 * day), true);
});

test('the oldest sessions’ recordings come first', () => {
  const older = { ...item, lsid: 'b', names: { ...item.names, endTime: now - 1000 } };
  const unknown = { ...item, lsid: 'c', names: { ...item.names, endTime: null } };
  assert.deepEqual(
    [item, unknown, older].sort(oldestFirst).map((owed) => owed.lsid),
    ['b', 'a', 'c'],
  );
});
