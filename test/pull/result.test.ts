import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IcError } from '../../src/platform/errors.ts';
import { combinedExitCode, judge, Tally, type TransferResult } from '../../src/pull/result.ts';

const unreachable = new IcError('unreachable', 'support.example.com does not answer.');

function tallyOf(delivered: number, failed = 0): Tally {
  const tally = new Tally(['sessions']);
  for (let index = 0; index < delivered; index += 1) tally.delivered('sessions', 10);
  for (let index = 0; index < failed; index += 1) tally.failed('sessions');
  return tally;
}

describe('one transfer', () => {
  const cases = [
    ['nothing new is a success', judge(tallyOf(0), null, 0), { status: 'ok', exitCode: 0 }],
    [
      'a failure before anything was delivered has its cause’s code',
      judge(tallyOf(0), unreachable, 0),
      { status: 'failed', exitCode: 69 },
    ],
    [
      'a failure after something was delivered is partial',
      judge(tallyOf(1), unreachable, 0),
      { status: 'partial', exitCode: 3 },
    ],
    [
      'an item that failed makes it partial',
      judge(tallyOf(1, 1), null, 0),
      { status: 'partial', exitCode: 3 },
    ],
    ['so does an item that is overdue', judge(tallyOf(0), null, 1), { status: 'partial', exitCode: 3 }],
  ] as const;
  for (const [name, actual, expected] of cases) test(name, () => assert.deepEqual(actual, expected));

  test('a warning makes it partial', () => {
    const tally = tallyOf(1);
    tally.warnings.push('An old backup could not be removed.');
    assert.equal(judge(tally, null, 0).exitCode, 3);
  });
});

describe('several transfers', () => {
  const result = (status: TransferResult['status'], exitCode: number) =>
    ({ status, exitCode, error: exitCode === 0 ? null : unreachable }) as TransferResult;
  const cases = [
    ['none', [], 0],
    ['all succeed', [result('ok', 0), result('not-due', 0)], 0],
    ['all fail: the first one’s code', [result('failed', 77), result('failed', 69)], 77],
    ['some fail', [result('ok', 0), result('failed', 69)], 3],
    ['one, partial', [result('partial', 3)], 3],
    ['one, locked', [result('locked', 75)], 75],
    ['one left out since it is locked', [result('locked', 0)], 0],
    ['one fails beside one that is left out', [result('locked', 0), result('failed', 69)], 69],
    ['the one that is due fails', [result('not-due', 0), result('failed', 69)], 69],
  ] as const;
  for (const [name, results, expected] of cases) {
    test(name, () => assert.equal(combinedExitCode(results), expected));
  }
});
