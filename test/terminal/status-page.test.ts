import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Kind } from '../../src/platform/kinds.ts';
import type { KindState, RunRecord } from '../../src/state/state.ts';
import {
  type PageSubject,
  type PageTransfer,
  renderStatusPage,
} from '../../src/terminal/page/status-page.ts';
import { runProgram } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const now = Date.UTC(2026, 10, 22, 12) / 1000;

const subject: PageSubject = {
  now,
  machine: 'backup01',
  configuration: '/etc/ic/ic.ini',
  version: '1.2.3',
  verdict: { tone: 'fail', text: '1 of 1 transfers fails.' },
};

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
    state: 'failed',
    tone: 'fail',
    notes: [{ tone: 'fail', text: message, hint: 'Do this.' }],
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
  const page = renderStatusPage([transfer('hq-to-archive', 'The answer is no report.')], subject);
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
  assert.match(renderStatusPage([{ ...known, runs: [run] }], subject), />see the log<\/td>/);
  assert.match(
    renderStatusPage([{ ...known, runs: [{ ...run, warnings: ['It is <b>'] }] }], subject),
    />It is &lt;b&gt;<\/td>/,
  );
});

test('the page names machine, configuration and version, and begins with an overview of all transfers', () => {
  const page = renderStatusPage([transfer('hq', 'x'), transfer('branch', 'x')], subject);
  for (const text of ['backup01', '/etc/ic/ic.ini', '1.2.3']) assert.ok(page.includes(text), text);
  const [overview = '', ...sections] = page.split('<section').slice(1);
  assert.match(overview, /<a href="#t0">hq<\/a>[\s\S]*<a href="#t1">branch<\/a>/);
  assert.equal(sections.length, 2);
  assert.match(sections[0] ?? '', /^ id="t0"/);
});

test('the cause and the remedy stand above the charts', () => {
  const page = renderStatusPage([transfer('hq', 'It is away.')], subject);
  const [cause, remedy, chart] = ['It is away.', 'Do this.', '<svg'].map((text) => page.indexOf(text));
  assert.ok(cause !== undefined && remedy !== undefined && chart !== undefined);
  assert.ok(0 < cause && cause < remedy && remedy < chart);
});

test('a chart without a value is left out, and all of them where nothing ever ran', () => {
  const known = transfer('hq', 'x');
  const day = { day: '2026-11-22', runs: 3, failures: 0, delivered: 0, bytes: 0, owed: 0, seconds: 2 };
  const page = renderStatusPage([{ ...known, days: [day] }], subject);
  assert.deepEqual(
    [...page.matchAll(/<figcaption>(.*?)<\/figcaption>/g)].map(([, title]) => title),
    ['Runs a day', 'Time spent a day'],
  );
  assert.doesNotMatch(renderStatusPage([{ ...known, days: [] }], subject), /<svg|<figure/);
});

test('failed runs stand beside the successful ones of their day, and do not colour what was delivered', () => {
  const page = renderStatusPage([transfer('hq', 'x')], subject);
  const figures = page.split('<figure>').slice(1);
  const bars = (title: string) =>
    [...(figures.find((figure) => figure.includes(title)) ?? '').matchAll(/<rect class="(good|bad)"/g)].map(
      ([, kind]) => kind,
    );
  assert.deepEqual(bars('Runs a day'), ['good', 'bad']);
  assert.deepEqual(bars('Items delivered a day'), ['good']);
  assert.match(page, /<title>2026-11-22: 3, failed: 1<\/title>/);
});

test('each chart has its scale, its first and its last day', () => {
  const page = renderStatusPage([transfer('hq', 'x')], subject);
  assert.match(page, /<div class="scale"><span>4\.8 MB<\/span><span>0 B<\/span><\/div>/);
  assert.match(page, /<div class="axis"><span>2026-11-09<\/span><span>.*?<\/span><span>2026-11-22<\/span>/);
});

test('the page needs no network and holds no script', () => {
  const page = renderStatusPage([transfer('t', 'x')], subject);
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
  await writeFile(path, renderStatusPage([transfer(attack, attack)], subject));
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
  assert.match(seen.stdout, /<title>ic on backup01: 1 of 1 transfers fails\.<\/title>/);
  assert.match(seen.stdout, /&lt;script&gt;/, 'the text itself is shown');
  assert.doesNotMatch(seen.stdout, /<script|<img/);
});
