import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { historyOf, isDue, nextDue } from '../../src/pull/schedule.ts';

const minute = 60;
const hour = 3600;
const day = 86_400;
const daily = { every: day, at: 150 };

// Tests run in a process of their own: a zone with summer time, whatever the machine has.
process.env.TZ = 'Europe/Berlin';
const local = (text: string) => Math.floor(new Date(text).getTime() / 1000);
const ran = (text: string) => ({ last: local(text), failingSince: null });

describe('periods', () => {
  test('a transfer that never ran is due at once', () => {
    assert.equal(nextDue({ every: 15 * minute, at: null }, { last: null, failingSince: null }), null);
  });

  test('count from the start of the last run', () => {
    const history = ran('2026-11-22T10:00:00');
    assert.equal(nextDue({ every: 15 * minute, at: null }, history), local('2026-11-22T10:15:00'));
    assert.equal(isDue({ every: 15 * minute, at: null }, history, local('2026-11-22T10:14:59')), false);
    assert.equal(isDue({ every: 15 * minute, at: null }, history, local('2026-11-22T10:15:00')), true);
  });
});

test('what falls due within the minute is due: whoever looks each minute begins a second sooner or later', () => {
  const schedule = { every: 6 * hour, at: null };
  const history = ran('2026-11-22T06:00:03');
  assert.equal(isDue(schedule, history, local('2026-11-22T11:59:59')), false);
  assert.equal(isDue(schedule, history, local('2026-11-22T12:00:01')), true);
});

describe('times of day', () => {
  const cases = [
    ['the next day', '2026-11-22T02:30:07', '2026-11-23T02:30:00'],
    ['after a run by hand in the afternoon', '2026-11-22T15:00:00', '2026-11-23T02:30:00'],
    ['after a run by hand shortly before', '2026-11-22T02:00:00', '2026-11-22T02:30:00'],
    ['a missed time, made up in the morning, moves nothing', '2026-11-22T09:10:00', '2026-11-23T02:30:00'],
    ['a time that summer time skips comes an hour later', '2026-03-28T02:30:00', '2026-03-29T03:30:00'],
    ['a time that comes twice is taken once', '2026-10-25T02:30:00', '2026-10-26T02:30:00'],
  ] as const;
  for (const [name, last, next] of cases) {
    test(name, () => assert.equal(nextDue(daily, ran(last)), local(next)));
  }

  test('every third day', () => {
    assert.equal(
      nextDue({ every: 3 * day, at: 150 }, ran('2026-11-22T02:30:00')),
      local('2026-11-25T02:30:00'),
    );
  });
});

describe('after a failure', () => {
  const failing = (last: string, since: string) => ({ last: local(last), failingSince: local(since) });

  test('is due again at once, then after as long as the failures have lasted', () => {
    assert.equal(
      nextDue(daily, failing('2026-11-22T02:30:00', '2026-11-22T02:30:00')),
      local('2026-11-22T02:30:00'),
    );
    assert.equal(
      nextDue(daily, failing('2026-11-22T02:34:00', '2026-11-22T02:30:00')),
      local('2026-11-22T02:38:00'),
    );
  });

  test('and at the latest when the schedule says so', () => {
    const hourly = { every: hour, at: null };
    assert.equal(
      nextDue(hourly, failing('2026-11-22T12:00:00', '2026-11-20T12:00:00')),
      local('2026-11-22T13:00:00'),
    );
  });
});

test('a run that a clock ahead has put into the future holds nothing up', () => {
  const now = local('2026-11-22T10:00:00');
  const known = (startedAt: number) =>
    ({ lastRun: { status: 'ok', startedAt, kinds: {} }, failingSince: null }) as never;
  const schedule = { every: 15 * minute, at: null };
  assert.equal(isDue(schedule, historyOf(known(now + 400 * day), ['sessions'], now), now), true);
  assert.equal(isDue(schedule, historyOf(known(now + 2), ['sessions'], now), now), false);
  assert.equal(isDue(schedule, historyOf(known(now - 2), ['sessions'], now), now), false);
});

test('failures that a clock ahead has put into the future do not make every minute a run', () => {
  const now = local('2026-11-22T10:00:00');
  const known = {
    lastRun: { status: 'failed', startedAt: now - minute, kinds: {} },
    failingSince: now + 40 * day,
  } as never;
  assert.equal(isDue({ every: 6 * hour, at: null }, historyOf(known, ['sessions'], now), now), false);
});

test('kinds that the last run left out are due', () => {
  const now = local('2026-11-22T10:00:00');
  const known = {
    lastRun: { status: 'ok', startedAt: now - minute, kinds: { sessions: {} } },
    failingSince: null,
  } as never;
  const weekly = { every: 7 * day, at: null };
  assert.equal(isDue(weekly, historyOf(known, ['sessions'], now), now), false);
  assert.equal(isDue(weekly, historyOf(known, ['sessions', 'backups'], now), now), true);
});
