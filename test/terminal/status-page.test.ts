import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Kind } from '../../src/platform/kinds.ts';
import type { KindState, RunRecord } from '../../src/state/state.ts';
import { type PageTransfer, renderStatusPage } from '../../src/terminal/page/status-page.ts';
import { runProgram } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const now = Date.UTC(2026, 10, 22, 12) / 1000;

function failedRun(message: string): RunRecord {
  return {
    id: 'a1',
    startedAt: now - 600,
    finishedAt: now - 590,
    status: 'failed',
    exitCode: 76,
    error: { code: 'not-understood', exit_code: 76, message, hint: null },
    warnings: [],
    kinds: {},
    retries: 0,
    clockDifference: 1,
  };
}

function transfer(name: string, message: string): PageTransfer {
  const run = failedRun(message);
  const sessions: KindState = {
    watermark: now - 3600,
    reached: now - 3600,
    since: null,
    sweptAt: null,
    sweepPosition: null,
    delivered: 12,
    bytes: 4_800_000,
    owed: 3,
    unobtainable: 0,
    open: 1,
    place: null,
    leftOut: false,
  };
  const kinds = new Map<Kind, KindState>([['sessions', sessions]]);
  return {
    name,
    site: 'hq',
    destination: 'archive',
    status: 'failed',
    known: {
      name,
      site: 'hq',
      destination: 'archive',
      host: null,
      recordedAs: { transfer: name, site: 'hq' },
      lastRun: run,
      lastSuccess: now - 7200,
      failingSince: now - 600,
      notifiedAt: new Map(),
      clockDifference: 1,
      kinds,
    },
    nextDue: now + 300,
    days: [{ day: '2026-11-22', runs: 4, failures: 1, delivered: 12, bytes: 4_800_000, owed: 3, seconds: 9 }],
    runs: [run],
  };
}

test('the page tells each transfer’s standing, and its failures with their messages', () => {
  const page = renderStatusPage([transfer('hq-to-archive', 'The answer is no report.')], now);
  for (const text of [
    'hq-to-archive',
    'failed',
    'The answer is no report.',
    '2026-11-22: 12',
    '4.8 MB',
    '+1 s',
  ]) {
    assert.ok(page.includes(text), `${text} is missing`);
  }
});

test('a run without a failure, whose items were told of one by one, is looked up in the log', () => {
  const known = transfer('t', 'x');
  const run = { ...failedRun('x'), status: 'partial' as const, error: null };
  assert.match(renderStatusPage([{ ...known, runs: [run] }], now), /<td>see the log</);
  assert.match(
    renderStatusPage([{ ...known, runs: [{ ...run, warnings: ['It is <b>'] }] }], now),
    /<td>It is &lt;b&gt;</,
  );
});

test('nobody is told that all is well when nothing has started a run for days', () => {
  const well = { ...transfer('t', 'x'), status: 'ok' as const };
  assert.match(renderStatusPage([well], now), /All transfers are well/);
  const late = { ...well, nextDue: now - 9 * 86_400 };
  assert.match(renderStatusPage([well, late], now), /1 of 2 transfers are overdue[\s\S]*, overdue</);
});

test('the page needs no network and holds no script', () => {
  const page = renderStatusPage([transfer('t', 'x')], now);
  assert.doesNotMatch(page, /<script|https?:\/\/|src=|@import|url\(/i);
});

const chromium = await runProgram('chromium', ['--version']).then(
  () => true,
  () => false,
);

test('hostile data cannot run in a browser', {
  skip: chromium ? false : 'chromium is not installed',
}, async (t) => {
  const attack =
    '</title></td><script>document.title="ran"</script><img src=x onerror="document.title=\'ran\'"><svg onload="document.title=\'ran\'">';
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'status.html');
  await writeFile(path, renderStatusPage([transfer(attack, attack)], now));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
  ];
  const profile = `--user-data-dir=${join(directory, 'profile')}`;
  const seen = await runProgram('chromium', [
    ...flags,
    '--disable-component-update',
    '--disable-sync',
    profile,
    '--dump-dom',
    pathToFileURL(path).href,
  ]);
  assert.match(seen.stdout, /<title>ic: 1 of 1 transfers need a look<\/title>/);
  assert.match(seen.stdout, /&lt;script&gt;/, 'the text itself is shown');
  assert.doesNotMatch(seen.stdout, /<script|<img/);
});
