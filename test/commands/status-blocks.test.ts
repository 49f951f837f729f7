import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { acquireLock } from '../../src/platform/lock.ts';
import { transferLockName } from '../../src/state/lock.ts';
import type { RunRecord, StateChange } from '../../src/state/state.ts';
import { openState } from '../../src/state/store.ts';
import { recordedStream } from '../support/recorded-stream.ts';
import { startCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const kinds = [
  'sessions',
  'session-recordings',
  'show-my-screen-recordings',
  'presentations',
  'presentation-recordings',
];
const longName = 'appliance-headquarters-vienna-to-evidence-archive-basement';
const now = Math.floor(Date.UTC(2026, 10, 30, 12) / 1000);
const clock = { ...systemClock, now: () => now * 1000 };

const error = {
  code: 'unreachable',
  exit_code: 69,
  message: `support.example.com cannot be reached: it refused the connection on port 443, five times in a row, the last time at noon.`,
  hint: 'Check host and port of the site, and firewalls between here and there.',
} as const;

function run(transfer: string, changes: Partial<RunRecord> = {}): StateChange {
  const record = { id: 'r1', status: 'ok', exitCode: 0, error: null, warnings: [], kinds: {} } as const;
  const times = { startedAt: now - 180, finishedAt: now - 170, retries: 0, clockDifference: 0 };
  return { type: 'run', transfer, run: { ...record, ...times, ...changes } };
}

function begin(transfer: string): StateChange {
  return { type: 'begin', transfer, site: 'hq', destination: 'archive' };
}

interface View {
  readonly code: number;
  readonly text: string;
  readonly lines: readonly string[];
}

interface Setup {
  readonly statePath: string;
  commit(...changes: readonly StateChange[]): Promise<void>;
  /** As a terminal of so many columns shows it; Infinity: into a pipe. */
  show(columns: number, ...line: readonly string[]): Promise<View>;
  // biome-ignore lint/suspicious/noExplicitAny: A document as a script would read it.
  json(...line: readonly string[]): Promise<any>;
}

async function setUp(t: TestContext, names: readonly string[]): Promise<Setup> {
  const directory = await temporaryDirectory(t);
  const ends =
    '[site.hq]\nhost = support.example.com\nclient_id = a\nclient_secret = b\n[destination.archive]\ntype = file-system\ndirectory = archive\n';
  const transfers = names.map(
    (name) =>
      `[transfer.${name}]\nsite = hq\ndestination = archive\ndata = ${kinds.join(', ')}\nevery = 15m\n`,
  );
  await writeFile(join(directory, 'ic.ini'), ends + transfers.join(''), { mode: 0o600 });
  const statePath = join(directory, 'ic-state.db');
  const show: Setup['show'] = async (columns, ...line) => {
    const output = recordedStream({ isTerminal: columns < Number.POSITIVE_INFINITY, columns });
    const { ended } = startCommand(['status', ...line], directory, { clock, output });
    return { code: await ended, text: output.text, lines: output.lines };
  };
  return {
    statePath,
    show,
    commit: async (...changes) => {
      const state = await openState(statePath, { clock });
      await state.commit(changes);
      state.close();
    },
    json: async (...line) => JSON.parse((await show(Number.POSITIVE_INFINITY, ...line, '--json')).text),
  };
}

test('at 80 columns every name, kind and time is whole, and no line is longer', async (t) => {
  const { commit, show } = await setUp(t, [longName, 'hq']);
  await commit(
    begin(longName),
    { type: 'watermark', transfer: longName, kind: 'sessions', watermark: now - 300 },
    run(longName, { status: 'failed', exitCode: 69, error }),
  );
  for (const columns of [80, 120]) {
    const { text, lines } = await show(columns);
    for (const word of [longName, ...kinds, 'last run 3 min ago', '5 min ago', 'never ran', 'hq → archive'])
      assert.ok(text.includes(word), `${word} at ${columns}:\n${text}`);
    assert.doesNotMatch(text, /…/);
    const longest = Math.max(...lines.map((line) => line.length));
    assert.ok(longest <= columns, `${longest} columns:\n${text}`);
  }
});

test('a terminal that is wide enough shows one table, and a pipe shows it uncut', async (t) => {
  const { show } = await setUp(t, [longName, 'hq']);
  for (const columns of [200, Number.POSITIVE_INFINITY]) {
    const { lines } = await show(columns);
    assert.match(lines[0] ?? '', /^transfer +status +kind +watermark .* last run +next due$/);
    assert.match(lines[3] ?? '', new RegExp(`^${longName} +never ran +show-my-screen-recordings `));
    assert.equal(lines.length, 12);
  }
});

test('what fails has its reason, its remedy and since when, in blocks and in the table', async (t) => {
  const { commit, show } = await setUp(t, ['hq']);
  await commit(
    begin('hq'),
    run('hq', { startedAt: now - 7200, finishedAt: now - 7190, status: 'failed', exitCode: 69, error }),
    run('hq', { status: 'failed', exitCode: 69, error }),
  );
  for (const columns of [80, Number.POSITIVE_INFINITY]) {
    const { text, code } = await show(columns);
    const unwrapped = text.replaceAll(/\n {2,4}(?=\S)/g, ' ');
    assert.ok(unwrapped.includes(error.message), text);
    assert.match(text, /^ {4}Check host and port of the site, /m);
    assert.match(text, /^ {2}failing for 2 h/m);
    assert.match(text, /\n1 of 1 transfer fails\.\n$/);
    assert.equal(code, 0, 'status succeeds when it could say how things are');
  }
  assert.match((await show(80)).text, /last run 3 min ago, last success never, next due/);
});

test('what is owed has its reason and since when', async (t) => {
  const { commit, show, json } = await setUp(t, ['hq']);
  const names = { lseq: null, sessionType: null, externalKey: null, startTime: null, endTime: null };
  const owed = (lsid: string, since: number): StateChange => ({
    type: 'owe',
    transfer: 'hq',
    item: {
      kind: 'session-recordings',
      lsid,
      instance: 0,
      since,
      attempts: 3,
      nextTry: now + 300,
      status: 'failed',
      reason: 'the connection was reset',
      names,
    },
  });
  await commit(begin('hq'), owed('a', now - 7200), owed('b', now - 600), run('hq'));
  const { text } = await show(80);
  assert.match(text, /owed: 2 session-recordings, the first since 2 h; failed: the connection/);
  assert.match(text, /A run asks again in 5 min/);
  const [transfer] = (await json()).transfers;
  assert.partialDeepStrictEqual(transfer.owed, [
    { kind: 'session-recordings', status: 'failed', count: 2, reason: 'the connection was reset' },
  ]);
});

test('a first pull that runs is no transfer that never ran', async (t) => {
  const { statePath, commit, show, json } = await setUp(t, ['hq', 'branch']);
  const item = { kind: 'sessions', instance: 0 } as const;
  await commit(
    begin('hq'),
    ...['a', 'b'].map(
      (lsid): StateChange => ({
        type: 'delivered',
        transfer: 'hq',
        item: { ...item, lsid },
        hash: 'aa'.repeat(32),
        time: now,
        bytes: 10,
        counts: true,
      }),
    ),
  );
  const lock = await acquireLock(await transferLockName(statePath, 'hq'));
  t.after(() => lock?.release());
  const { text } = await show(80);
  assert.match(text, /^hq {2}running/m);
  assert.match(text, /running for .*: 2 items delivered so far, 0 owed/);
  assert.match(text, /^branch {2}never ran/m);
  const [running, never] = (await json()).transfers;
  assert.deepEqual([running.status, never.status, never.running], ['running', 'never-ran', null]);
  assert.match(running.running.since, /^20.*Z$/);
  if (process.platform === 'linux') assert.equal(running.running.pid, process.pid);
});

test('names, patterns and --failing choose transfers', async (t) => {
  const { commit, json, show } = await setUp(t, ['emea-vienna', 'emea-paris', 'apac']);
  await commit(
    begin('emea-paris'),
    run('emea-paris'),
    begin('emea-vienna'),
    run('emea-vienna', { status: 'failed', exitCode: 69, error }),
  );
  const names = async (...line: readonly string[]) =>
    (await json(...line)).transfers.map(({ name }: { name: string }) => name);
  assert.deepEqual(await names('emea-*'), ['emea-vienna', 'emea-paris']);
  assert.deepEqual(await names('apac', 'emea-p?ris', '*'), ['apac', 'emea-paris', 'emea-vienna']);
  assert.deepEqual(await names('emea-*', '--failing'), ['emea-vienna']);
  assert.equal((await show(80, 'emea-paris', '--failing')).text, 'No transfer needs a look.\n');
  await assert.rejects(show(80, 'asia-*'), { code: 'usage', message: /No transfer matches "asia-\*"/ });
  await assert.rejects(show(80, 'emea-viena'), { code: 'usage', message: /Is emea-vienna meant\?/ });
});

test('the document has an error on success, too', async (t) => {
  const { json } = await setUp(t, ['hq']);
  assert.equal((await json()).error, null);
});

test('--format nagios is one line with performance data, and the exit code of a plugin', async (t) => {
  const { commit, show } = await setUp(t, ['hq', 'branch']);
  await commit(begin('hq'), run('hq'), begin('branch'), run('branch'));
  const nagios = (...line: readonly string[]) =>
    show(Number.POSITIVE_INFINITY, '--format', 'nagios', ...line);
  const well = await nagios('--max-age', '2h');
  assert.deepEqual(
    [well.code, well.text],
    [
      0,
      "IC OK: 2 transfers in order | 'hq_age'=170s;;7200;0 'hq_owed'=0;;;0 'branch_age'=170s;;7200;0 'branch_owed'=0;;;0\n",
    ],
  );
  const stale = await nagios('--max-age', '1m');
  assert.equal(stale.code, 2);
  assert.match(stale.text, /^IC CRITICAL: 2 of 2 transfers: hq: last success 2 min ago; branch: /);

  await commit(run('branch', { status: 'partial', exitCode: 3, warnings: ['one | two\nthree'] }));
  const partial = await nagios();
  assert.equal(partial.code, 1);
  assert.match(partial.text, /^IC WARNING: 1 of 2 transfers: branch: partial 3 min ago, one \/ two\\nthree/);
  assert.equal(partial.text.split('|').length, 2);
  assert.equal(partial.lines.length, 1);

  await commit(run('hq', { status: 'failed', exitCode: 69, error }));
  const failed = await nagios();
  assert.equal(failed.code, 2);
  assert.match(failed.text, /^IC CRITICAL: 2 of 2 transfers: hq: failed 3 min ago, support\.example\.com/);
  assert.equal((await nagios('branch')).code, 1);

  const unknown = await nagios('nosuch');
  assert.equal(unknown.code, 3);
  assert.match(unknown.text, /^IC UNKNOWN: The configuration has no transfer "nosuch"/);
});
