import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { CheckReport } from '../../src/commands/check-report.ts';
import type { CheckResult } from '../../src/platform/check-result.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { IcError } from '../../src/platform/errors.ts';
import { recordedStream } from '../support/recorded-stream.ts';

const good: CheckResult = { subject: 'site', name: 'hq', ok: true, message: 'answers', hint: null };
const doubtful: CheckResult = { ...good, warning: true, message: 'is slow', hint: 'Look at it.' };
const error = new IcError('unreachable', 'is away', { hint: 'Switch it on.' });
const bad: CheckResult = { ...good, ok: false, message: error.message, hint: error.hint, error };

async function told(results: readonly CheckResult[], color = false) {
  const output = recordedStream({ color });
  const report = await CheckReport.begin({
    clock: systemClock,
    random: Math.random,
    environment: {},
    workingDirectory: '/',
    platform: process.platform,
    io: {
      input: Readable.from([]),
      output,
      error: recordedStream(),
      interactive: false,
      flush: async () => {},
    },
    signal: new AbortController().signal,
    common: { config: null, json: false, quiet: false, verbosity: 0, trustedOwners: [] },
  });
  for (const result of results) report.add(result);
  return { code: report.end(), lines: output.lines };
}

test('the last line says what the findings come to, and counts warnings', async () => {
  const verdict = async (...results: readonly CheckResult[]) => (await told(results)).lines.at(-1);
  assert.equal(await verdict(good, good), 'Everything is in order.');
  assert.equal(await verdict(good, doubtful), 'In order, with 1 warning.');
  assert.equal(await verdict(doubtful, doubtful, good), 'In order, with 2 warnings.');
  assert.equal(await verdict(good, bad), '1 of 2 checks failed.');
  assert.equal(await verdict(bad, doubtful, doubtful, good), '1 of 4 checks failed, 2 warnings.');
});

test('what is well is green, a warning yellow and a failure red, where there are colours', async () => {
  const [green, yellow, red, off] = ['\u001b[32m', '\u001b[33m', '\u001b[31m', '\u001b[39m'];
  const { lines, code } = await told([good, doubtful, bad], true);
  assert.deepEqual(lines, [
    `${green}ok  ${off}  site hq: answers`,
    `${yellow}warn${off}  site hq: is slow`,
    '      Look at it.',
    `${red}FAIL${off}  site hq: is away`,
    '      Switch it on.',
    `${red}1 of 3 checks failed, 1 warning.${off}`,
  ]);
  assert.equal(code, 69);
  assert.doesNotMatch((await told([good, doubtful, bad])).lines.join(''), /\u001b/);
});
