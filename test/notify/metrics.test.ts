import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Transfer } from '../../src/config/configuration.ts';
import { escapeLabel, type Measured, renderMetrics, writeMetrics } from '../../src/notify/metrics.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { kindState, resultOf, runOf, sampleNow, stateOf } from './results.ts';

const transfer: Transfer = {
  name: 'hq-to-archive',
  site: 'hq',
  destination: 'archive',
  data: ['sessions', 'backups'],
  start: { type: 'all' },
  every: 900,
  at: null,
  overlap: 3600,
  sweep: 0,
  settle: 60,
  abandonOpenAfter: 0,
  forgetAbandonedAfter: 0,
  giveUpAfter: 0,
};

const failing: Measured = {
  transfer,
  result: resultOf({ status: 'failed', exitCode: 69 }),
  locked: { count: 4, since: sampleNow - 240 },
  known: stateOf({
    lastRun: runOf({ startedAt: sampleNow - 100, finishedAt: sampleNow - 58, exitCode: 69, retries: 4 }),
    lastSuccess: sampleNow - 7200,
    failingSince: sampleNow - 100,
    clockDifference: -1.25,
    kinds: new Map([
      [
        'sessions',
        kindState({ watermark: sampleNow - 7300, delivered: 12, bytes: 48_211, owed: 3, open: 2 }),
      ],
    ]),
  }),
};
const neverRan: Measured = {
  transfer: { ...transfer, name: 'new' },
  result: null,
  known: null,
  locked: null,
};

function promtool(text: string): string {
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return status === 0 ? `${stdout}${stderr}` : `status ${status}: ${stdout}${stderr}`;
}

const noPromtool =
  spawnSync('promtool', ['--version']).error === undefined ? false : 'promtool is not installed';

test('promtool finds nothing to say', { skip: noPromtool }, () => {
  assert.equal(promtool(renderMetrics([failing, neverRan])), '');
  assert.equal(promtool(renderMetrics([])), '');
});

test('each transfer and kind has its samples', () => {
  const lines = renderMetrics([failing, neverRan]).split('\n');
  const of = '{transfer="hq-to-archive",site="hq",destination="archive"';
  for (const line of [
    `ic_transfer_last_run_timestamp_seconds${of}} ${sampleNow - 100}`,
    `ic_transfer_last_success_timestamp_seconds${of}} ${sampleNow - 7200}`,
    `ic_transfer_failing_since_timestamp_seconds${of}} ${sampleNow - 100}`,
    `ic_transfer_locked_runs${of}} 4`,
    `ic_transfer_locked_since_timestamp_seconds${of}} ${sampleNow - 240}`,
    `ic_transfer_last_run_exit_code${of}} 69`,
    `ic_transfer_last_run_duration_seconds${of}} 42`,
    `ic_transfer_last_run_retries${of}} 4`,
    `ic_transfer_clock_difference_seconds${of}} -1.25`,
    `ic_watermark_timestamp_seconds${of},kind="sessions"} ${sampleNow - 7300}`,
    `ic_delivered_items_total${of},kind="sessions"} 12`,
    `ic_delivered_items_total${of},kind="backups"} 0`,
    `ic_delivered_bytes_total${of},kind="sessions"} 48211`,
    `ic_owed_items${of},kind="sessions"} 3`,
    `ic_open_items${of},kind="sessions"} 2`,
    'ic_transfer_last_success_timestamp_seconds{transfer="new",site="hq",destination="archive"} 0',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.ok(!lines.some((line) => line.startsWith('ic_transfer_last_run_exit_code{transfer="new"')));
  assert.ok(lines.includes('# TYPE ic_delivered_items_total counter'));
});

test('labels are escaped', () => {
  assert.equal(escapeLabel('a\\b"c\nd'), 'a\\\\b\\"c\\nd');
});

test('the file is replaced whole, and others may read it', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'ic.prom');
  await writeFile(path, 'old', { mode: 0o600 });
  const mask = process.umask(0o077);
  t.after(() => process.umask(mask));
  await writeMetrics(path, [failing]);
  assert.equal(await readFile(path, 'utf8'), renderMetrics([failing]));
  assert.deepEqual(await readdir(directory), ['ic.prom']);
  if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o644);
});

test('a directory that is not there is told with its remedy', async (t) => {
  const path = join(await temporaryDirectory(t), 'missing', 'ic.prom');
  await assert.rejects(writeMetrics(path, [failing]), { code: 'io', hint: /missing/ });
});
