import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDue, isGivenUp, isOverdue, oldestFirst, pauseAfter, retryLater } from '../../src/pull/owed.ts';
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
