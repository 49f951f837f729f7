import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { agree, elapsedSince, type Readings, trust } from '../../src/pull/time.ts';
import type { SiteClock } from '../../src/state/state.ts';

const minute = 60;
const hour = 3600;
const day = 24 * hour;
const now = 1_700_000_000;

const readings = (changes: Partial<Readings>): Readings => ({
  date: now,
  timestamp: null,
  machine: now,
  uptime: 5000,
  boot: 'a',
  last: null,
  ...changes,
});

const last = (changes: Partial<SiteClock> = {}): SiteClock => ({
  shown: now - 900,
  trusted: now - 900,
  unconfirmed: 0,
  machine: now - 900,
  uptime: 4100,
  boot: 'a',
  newestEnd: null,
  ...changes,
});

describe('of the sources of time', () => {
  // What they say, in seconds from the right time: [Date, get_api_info, this machine] → [what counts, confirmed].
  const cases: readonly (readonly [string, (number | null)[], readonly [number, boolean]])[] = [
    ['all agree', [0, null, 0], [0, true]],
    ['the Date is a little behind', [-300, null, 0], [-300, true]],
    ['the Date is local time, two hours ahead', [2 * hour, 0, 0], [0, true]],
    ['the Date is local time, five hours behind', [-5 * hour, 0, 0], [0, true]],
    ['the Date is an hour ahead, and this machine too', [hour, 0, hour], [0, false]],
    ['the Date is two hours ahead, and nothing else is known', [2 * hour, null, 0], [2 * hour, false]],
    ['the Date is five hours behind, and nothing else is known', [-5 * hour, null, 0], [-5 * hour, false]],
    ['this machine is two days behind', [0, 1, -2 * day], [0, true]],
    ['this machine is two days ahead', [1, 0, 2 * day], [0, true]],
    ['there is no Date', [null, 0, 0], [0, true]],
    ['there is no Date, and this machine is a day off', [null, 0, day], [0, false]],
    ['none agrees with another', [2 * hour, 0, -3 * hour], [0, false]],
    ['the appliance itself is behind what a proxy says', [0, -2 * hour, 0], [-2 * hour, false]],
  ];
  for (const [name, [date, timestamp, machine], [shown, isConfirmed]] of cases) {
    test(`when ${name}, ${shown === 0 ? 'the right one' : `${shown} s`} counts${isConfirmed ? '' : ', unconfirmed'}`, () => {
      const at = (seconds: number | null | undefined) => (typeof seconds === 'number' ? now + seconds : null);
      const given = { date: at(date), timestamp: at(timestamp), machine: at(machine) ?? now };
      const agreed = agree(readings(given));
      assert.deepEqual([agreed.shown - now, agreed.isConfirmed], [shown, isConfirmed]);
      const all = [given.date, given.timestamp, given.machine].filter((time) => time !== null);
      assert.ok(isConfirmed || agreed.earliest <= Math.min(agreed.shown, given.machine));
      assert.equal(agreed.spread, Math.max(...all) - Math.min(...all));
    });
  }

  test('one that is behind the newest end of a session does not count', () => {
    const known = last({ newestEnd: now - 1000 });
    const agreed = agree(readings({ date: now - 5 * hour, last: known }));
    assert.deepEqual([agreed.shown, agreed.isConfirmed], [now - 100, false]);
  });

  test('an end that lies ahead of this machine too proves nothing', () => {
    const known = last({ newestEnd: now + day });
    assert.equal(agree(readings({ date: now - 5 * hour, last: known })).shown, now - 5 * hour);
  });

  test('the text names each source and its value', () => {
    const { sources } = agree(readings({ date: now + 2 * hour, timestamp: now }));
    assert.match(sources, /Date of its answers says 2023-11-15T00:13:20Z/);
    assert.match(
      sources,
      /get_api_info says 2023-11-14T22:13:20Z.*this machine's clock says 2023-11-14T22:13:20Z/,
    );
  });
});

describe('the time that is trusted', () => {
  // What the appliance shows now, and the last reading → [trusted, confirmed, kept], in seconds from now.
  const cases: readonly (readonly [
    string,
    number,
    Partial<SiteClock>,
    readonly [number, boolean, number],
  ])[] = [
    ['follows a clock that goes on as time passes here', 0, {}, [0, true, 0]],
    ['follows one that is set by an hour', hour, {}, [hour, true, hour]],
    ['goes on by what passes here when the clock leaps', 30 * day, {}, [0, false, 0]],
    [
      'follows a leap that is seen again',
      30 * day,
      { shown: now - 900 + 30 * day },
      [30 * day, true, 30 * day],
    ],
    [
      'goes on as before when a leap is over',
      0,
      { shown: now - 900 + 30 * day, unconfirmed: 1 },
      [0, true, 0],
    ],
    [
      'goes as far as an earlier run saw when the clock leaps again',
      5 * day,
      { shown: now + 3 * day, unconfirmed: 1 },
      [3 * day, false, 3 * day],
    ],
    ['is set back with the clock, and kept', -3 * day, {}, [-3 * day, false, 0]],
    [
      'is set back for good when that is seen again',
      -3 * day,
      { shown: now - 900 - 3 * day },
      [-3 * day, true, -3 * day],
    ],
    [
      'is what it was when a clock was behind once',
      0,
      { shown: now - 900 - 3 * day, unconfirmed: 1 },
      [0, true, 0],
    ],
    [
      'follows, one run behind, on a machine whose clock never explains what passed',
      5 * day,
      { shown: now + 3 * day, unconfirmed: 3 },
      [3 * day, true, 3 * day],
    ],
  ];
  for (const [name, shown, known, [trusted, isConfirmed, keep]] of cases) {
    test(name, () => {
      const given = readings({ date: now + shown, timestamp: now + shown, last: last(known) });
      const result = trust(agree(given), given);
      assert.deepEqual(
        [result.now - now, result.isConfirmed, result.keep - now],
        [trusted, isConfirmed, keep],
      );
    });
  }

  test('is, at a first pull, what two sources say, else the earliest', () => {
    const of = (changes: Partial<Readings>) => trust(agree(readings(changes)), readings(changes));
    assert.deepEqual(of({ date: now + day, timestamp: now + day }).now, now + day);
    assert.deepEqual(of({ date: now + day }).now, now);
    assert.deepEqual(of({ date: now - day }).now, now - day);
    assert.equal(of({ date: now + day }).isConfirmed, false);
  });

  test('is confirmed by two runs that see the appliance go on by as much as passes, whatever this machine says', () => {
    const any = fc.integer({ min: -400 * day, max: 400 * day });
    fc.assert(
      fc.property(any, any, any, fc.nat(hour), fc.boolean(), (known, shown, noise, passed, boots) => {
        const before = last({ shown: now + known, trusted: now + known });
        const first = readings({ date: now + shown, timestamp: now + shown, last: before });
        const one = trust(agree(first), first);
        const { machine, uptime, boot } = first;
        const between = { ...before, shown: now + shown, trusted: one.keep, machine, uptime, boot };
        const date = now + shown + passed;
        const second = readings({
          date,
          timestamp: date,
          machine: now + noise,
          uptime: boots ? 10 : 5000 + passed,
          boot: boots ? 'b' : 'a',
          last: between,
        });
        assert.deepEqual(trust(agree(second), second), {
          now: date,
          isConfirmed: true,
          keep: date,
          leapt: 0,
        });
      }),
    );
  });

  test('is never later than what two runs saw, or what an honest clock could have reached', () => {
    const any = fc.integer({ min: -400 * day, max: 400 * day });
    fc.assert(
      fc.property(any, any, any, (known, trusted, shown) => {
        const before = last({ shown: now + known, trusted: now + trusted });
        const given = readings({ date: now + shown, timestamp: now + shown, last: before });
        const result = trust(agree(given), given);
        assert.ok(result.now <= now + shown, 'nor than what is shown');
        const honest = Math.max(before.trusted, before.shown) + 900 + hour + 5 * minute;
        assert.ok(result.now <= honest);
      }),
    );
  });
});

describe('the time that has passed here', () => {
  const cases: readonly (readonly [string, Partial<Readings>, Partial<SiteClock>, number])[] = [
    ['goes by the uptime within one boot, whatever the clock says', { machine: now + day }, {}, 900],
    ['goes by the clock after another boot', { boot: 'b' }, {}, 900],
    ['goes by the clock where there is no uptime', { uptime: null, machine: now + 100 }, {}, 1000],
    ['goes by the clock when the uptime went back', { uptime: 10 }, {}, 900],
    ['is nothing when the clock went back', { boot: 'b', machine: now - day }, {}, 0],
    ['is the lesser where boots have no mark', { boot: null, machine: now + day }, { boot: null }, 900],
  ];
  for (const [name, here, known, expected] of cases) {
    test(name, () => assert.equal(elapsedSince(last(known), readings(here)), expected));
  }
});
