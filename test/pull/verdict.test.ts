import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeRecord, type Verdict } from '../../src/pull/verdict.ts';

const now = 1_700_000_000;
const rules = { known: null, until: now - 60, now, abandonOpenAfter: 48 * 3600 };
const says = (content: string) => (hash: string) => hash === content;
const closed = { startTime: now - 4000, endTime: now - 1000, hasContent: says('a') };
const open = { startTime: now - 4000, endTime: null, hasContent: says('a') };

const cases: readonly (readonly [string, typeof closed | typeof open, object, Verdict])[] = [
  ['a closed session that is new is delivered', closed, {}, 'deliver'],
  ['the same content again is left alone', closed, { known: 'a' }, 'unchanged'],
  ['changed content is delivered', closed, { known: 'b' }, 'deliver'],
  ['one that ended within the settling time waits', { ...closed, endTime: now - 30 }, {}, 'wait'],
  ['so does one that ended while the run went on', { ...closed, endTime: now + 7200 }, {}, 'wait'],
  [
    'one that ended by a clock that was ahead is delivered',
    { ...closed, endTime: now + 400 * 86_400 },
    {},
    'deliver',
  ],
  [
    'one that ended at the very end of the window is delivered',
    { ...closed, endTime: now - 60 },
    {},
    'deliver',
  ],
  ['an open one is remembered', open, {}, 'remember'],
  [
    'an open one is delivered as it is when it is too old',
    { ...open, startTime: now - 48 * 3600 },
    {},
    'deliver',
  ],
  [
    'one delivered without an end is not delivered for each event it gathers',
    { ...open, startTime: 1, hasContent: says('b') },
    { known: 'a' },
    'unchanged',
  ],
  ['one delivered without an end is delivered when it has ended', closed, { known: 'x' }, 'deliver'],
];

for (const [name, record, changes, expected] of cases) {
  test(name, () => {
    assert.equal(judgeRecord(record, { ...rules, ...changes }), expected);
  });
}
