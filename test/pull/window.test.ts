import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  incrementalWindow,
  nextSliceLength,
  sliceFrom,
  sliceLimits,
  startOf,
  sweepFrom,
  sweepIsDue,
} from '../../src/pull/window.ts';

const day = 86_400;
const now = 1_700_000_000;
const rules = { start: { type: 'ago', seconds: 30 * day }, overlap: 3600, settle: 60 } as const;

describe('the incremental window', () => {
  test('reaches from the watermark less the overlap to the appliance’s time less the settling time', () => {
    assert.deepEqual(incrementalWindow(now - 900, now, rules), { from: now - 900 - 3600, until: now - 60 });
  });

  test('begins at the start when there is no watermark', () => {
    assert.equal(incrementalWindow(null, now, rules).from, now - 30 * day);
    assert.equal(startOf({ type: 'instant', time: 12_345 }, now), 12_345);
    assert.ok(startOf({ type: 'all' }, now) < Date.parse('2003-06-01') / 1000);
  });

  test('lies before the clock when the clock was set back behind the watermark', () => {
    const ahead = now + 3600;
    assert.deepEqual(incrementalWindow(ahead, now, rules), { from: now - 60 - 3600, until: now - 60 });
  });

  test('leaves no gap between two runs, whatever the clock did in between', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: now, max: now + 10 * day }),
        fc.integer({ min: -day, max: 10 * day }),
        (first, later) => {
          const before = incrementalWindow(now - day, first, rules);
          const after = incrementalWindow(before.until, first + later, rules);
          assert.ok(after.from <= before.until);
          assert.equal(after.until, first + later - rules.settle);
        },
      ),
    );
  });
});

describe('slices', () => {
  test('cover the window without a gap and without going beyond it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 * day }), fc.array(fc.nat(5000)), (length, counts) => {
        const until = now + length;
        let from = now;
        let slice = sliceLimits.first as number;
        for (let index = 0; from < until; index += 1) {
          const next = sliceFrom(from, until, slice);
          assert.equal(next.from, from);
          assert.ok(next.until > from && next.until <= until);
          from = next.until;
          slice = nextSliceLength(slice, counts[index] ?? 0);
        }
        assert.equal(from, until);
      }),
    );
  });

  test('grow in quiet times and shrink in busy ones, within limits', () => {
    assert.equal(nextSliceLength(day, 0), 2 * day);
    assert.equal(nextSliceLength(sliceLimits.longest, 0), sliceLimits.longest);
    assert.equal(nextSliceLength(day, 1000), day);
    assert.equal(nextSliceLength(day, 10_000), day / 2);
    assert.equal(nextSliceLength(3600, 10_000), 3600);
  });
});

describe('the sweep', () => {
  test('is due once a day, and at once when there was none', () => {
    assert.equal(sweepIsDue(null, now, 7 * day), true);
    assert.equal(sweepIsDue(now - day, now, 7 * day), true);
    assert.equal(sweepIsDue(now - 12 * 3600, now, 7 * day), false);
    assert.equal(sweepIsDue(null, now, 0), false);
  });

  test('reaches as far back as the first pull the first time', () => {
    assert.equal(sweepFrom(null, now, { sweep: 7 * day, start: rules.start }), now - 30 * day);
    assert.equal(sweepFrom(null, now, { sweep: 40 * day, start: rules.start }), now - 40 * day);
  });

  test('reaches as far behind the watermark as it looks back, whatever the clock did', () => {
    const from = (watermark: number) => sweepFrom(watermark, now, { sweep: 7 * day, start: rules.start });
    assert.equal(from(now - 900), now - 900 - 7 * day);
    assert.equal(from(now - 90 * day), now - 97 * day);
    assert.equal(from(now + 90 * day), now - 7 * day);
  });
});
