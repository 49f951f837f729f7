import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { unseal } from '../../src/state/seal.ts';
import type { State, StateChange } from '../../src/state/state.ts';
import { openState } from '../../src/state/store.ts';
import { systemError } from '../support/failing-file-system.ts';
import { namesIn } from '../support/names-in.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { watchedFiles } from '../support/watched-files.ts';
import {
  begin,
  delivered,
  hashOf,
  owedItem,
  repoint,
  run,
  runRecord,
  session,
  time,
  watermark,
} from './samples.ts';

const day = 86_400;
const openSession = { lsid: '9', startTime: time, firstSeen: time };

async function open(t: TestContext, path: string): Promise<State> {
  const state = await openState(path);
  t.after(() => state.close());
  return state;
}

/** What a second process would find after these commits. */
async function reopened(t: TestContext, ...commits: readonly (readonly StateChange[])[]): Promise<State> {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await openState(path);
  for (const changes of commits) await state.commit(changes);
  state.close();
  return open(t, path);
}

test('a state that does not exist is empty, says so, and is not created by looking', async (t) => {
  const directory = await temporaryDirectory(t);
  const state = await open(t, join(directory, 'state.db'));
  assert.deepEqual(state.transfers(), []);
  assert.equal(state.transfer('a'), null);
  assert.equal(state.delivered('a', session('1')), null);
  assert.deepEqual(
    state.notices.map(({ level, rebuild }) => ({ level, rebuild })),
    [{ level: 'info', rebuild: true }],
  );
  await state.refresh();
  await state.commit([]);
  assert.deepEqual(await namesIn(directory), []);
});

test('the first commit makes the directory and the file', async (t) => {
  const path = join(await temporaryDirectory(t), 'var', 'ic', 'state.db');
  const state = await open(t, path);
  await state.commit([begin('a')]);
  assert.deepEqual((await open(t, path)).notices, []);
});

test('what was delivered is known by its hash', async (t) => {
  const state = await reopened(
    t,
    [begin('a'), delivered('a', '1'), delivered('a', '2', hashOf('b'))],
    [delivered('a', '1', hashOf('c'))],
  );
  assert.equal(state.delivered('a', session('1')), hashOf('c'));
  assert.equal(state.delivered('a', session('2')), hashOf('b'));
  assert.equal(state.delivered('a', session('3')), null);
  assert.equal(state.delivered('a', { ...session('1'), instance: 1 }), null);
  assert.equal(state.delivered('a', { ...session('1'), kind: 'presentations' }), null);
  assert.equal(state.delivered('b', session('1')), null);
  const kind = state.transfer('a')?.kinds.get('sessions');
  assert.deepEqual([kind?.delivered, kind?.bytes], [3, 30]);
});

test('a hash that is not hex is kept as it is', async (t) => {
  const hashes = ['', 'g', 'AB', 'abc', 'sha256-é'];
  const state = await reopened(t, [
    begin('a'),
    ...hashes.map((hash, index) => delivered('a', `${index}`, hash)),
  ]);
  assert.deepEqual(
    hashes.map((_, index) => state.delivered('a', session(`${index}`))),
    hashes,
  );
});

test('what was only recognised is remembered and not counted', async (t) => {
  const change = { ...delivered('a', '1'), counts: false } as StateChange;
  const state = await reopened(t, [begin('a'), change]);
  assert.equal(state.delivered('a', session('1')), hashOf('a'));
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.delivered, 0);
});

test('a watermark never moves backwards, unless it is rewound', async (t) => {
  const rewind: StateChange = { type: 'rewind', transfer: 'a', kind: 'sessions', watermark: time - 5 };
  const state = await reopened(t, [begin('a'), watermark('a', time)], [watermark('a', time - 1)]);
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.watermark, time);
  await state.commit([rewind]);
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.watermark, time - 5);
  await state.commit([watermark('a', time + 1)]);
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.watermark, time + 1);
});

test('transfers and kinds have watermarks of their own', async (t) => {
  const changes = [begin('a'), begin('b'), watermark('a', time), watermark('b', time + 1)];
  const state = await reopened(t, [...changes, watermark('a', time + 2, 'presentations')]);
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.watermark, time);
  assert.equal(state.transfer('a')?.kinds.get('presentations')?.watermark, time + 2);
  assert.equal(state.transfer('b')?.kinds.get('sessions')?.watermark, time + 1);
  assert.equal(state.transfer('b')?.kinds.get('presentations'), undefined);
});

test('a transfer that is begun again goes on; between other ends it begins anew, its history stays', async (t) => {
  const state = await reopened(
    t,
    [begin('a'), watermark('a', time), delivered('a', '1'), run('a')],
    [begin('a')],
  );
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.watermark, time);
  await state.commit([begin('a', 'hq', 'elsewhere')]);
  assert.equal(state.transfer('a')?.destination, 'archive', 'a run that fails early does not know better');
  await state.commit([repoint('a', 'hq', 'elsewhere')]);
  const transfer = state.transfer('a');
  assert.deepEqual([transfer?.site, transfer?.destination], ['hq', 'elsewhere']);
  assert.equal(transfer?.kinds.size, 0);
  assert.equal(transfer?.lastSuccess, null);
  assert.equal(state.delivered('a', session('1')), null);
  assert.equal(state.runs('a').length, 1);
});

test('a transfer that begins anew between other ends owes nobody a word on what was told of the old ones', async (t) => {
  const told = { type: 'notified', transfer: 'a', channel: 'mail', at: time } as const;
  const state = await reopened(t, [begin('a'), told], [begin('a')]);
  assert.equal(state.transfer('a')?.notifiedAt.get('mail'), time);
  await state.commit([repoint('a', 'elsewhere', 'archive')]);
  assert.equal(state.transfer('a')?.notifiedAt.size, 0);
});

test('what is renamed goes on, and the names that the destination knows stay known until it has the new ones', async (t) => {
  const told = { type: 'notified', transfer: 'b', channel: 'mail', at: time } as const;
  const state = await reopened(
    t,
    [
      begin('a'),
      begin('other'),
      watermark('a', time),
      delivered('a', '1'),
      run('a'),
      begin('b'),
      run('b'),
      told,
    ],
    [
      { type: 'rename', what: 'transfer', from: 'a', to: 'b' },
      { type: 'rename', what: 'site', from: 'hq', to: 'office', of: 'b' },
      { type: 'rename', what: 'destination', from: 'archive', to: 'store' },
    ],
  );
  const transfer = state.transfer('b');
  assert.equal(state.transfer('a'), null);
  assert.deepEqual([transfer?.site, transfer?.destination], ['office', 'store']);
  assert.deepEqual([state.transfer('other')?.site, state.transfer('other')?.destination], ['hq', 'store']);
  assert.equal(transfer?.kinds.get('sessions')?.watermark, time);
  assert.equal(state.delivered('b', session('1')), hashOf('a'));
  assert.equal(transfer?.notifiedAt.get('mail'), time, 'a failure under the new name was told');
  assert.deepEqual(transfer?.recordedAs, { transfer: 'a', site: 'hq' });
  await state.commit([{ type: 'recorded', transfer: 'b' }]);
  assert.deepEqual(state.transfer('b')?.recordedAs, { transfer: 'b', site: 'office' });
});

test('nothing of a forgotten transfer comes up under one that is begun after it', async (t) => {
  const open = { type: 'open', transfer: 'a', kind: 'sessions', session: openSession } as const;
  const told = { type: 'notified', transfer: 'a', channel: 'mail', at: time } as const;
  const owe: StateChange = { type: 'owe', transfer: 'a', item: owedItem() };
  const all = [begin('a'), watermark('a', time), delivered('a', '1'), run('a'), open, told, owe];
  const state = await reopened(t, all, [{ type: 'forget', transfer: 'a' }, begin('b')]);
  const next = state.transfer('b');
  assert.deepEqual(
    [next?.lastRun, next?.lastSuccess, next?.notifiedAt.size, next?.kinds.size],
    [null, null, 0, 0],
  );
  assert.deepEqual([state.runs('b'), state.days('b'), state.owed('b')], [[], [], []]);
  await state.commit([watermark('b', time)]);
  assert.equal(state.delivered('b', session('1')), null);
  assert.deepEqual(state.openSessions('b', 'sessions'), []);
});

test('no number of a forgotten transfer is given to another one, and no row outlives its transfer', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await open(t, path);
  const all = [begin('a'), watermark('a', time), delivered('a', '1'), run('a')];
  await state.commit([...all, { type: 'owe', transfer: 'a', item: owedItem() }]);
  await state.commit([{ type: 'forget', transfer: 'a' }, begin('b')]);
  const database = new DatabaseSync(path, { readOnly: true });
  t.after(() => database.close());
  assert.deepEqual({ ...database.prepare('SELECT id FROM transfer').get() }, { id: 2 });
  for (const table of ['stream', 'ledger', 'open_session', 'owed', 'day', 'notified', 'history']) {
    assert.deepEqual(
      { ...database.prepare(`SELECT count(*) AS rows FROM ${table}`).get() },
      { rows: 0 },
      table,
    );
  }
});

test('a watermark stays where it is while windows go on from where the clock was set back to', async (t) => {
  const setBack: StateChange = { type: 'set-back', transfer: 'a', kind: 'sessions', reached: time - 900 };
  const state = await reopened(
    t,
    [begin('a'), watermark('a', time)],
    [setBack],
    [watermark('a', time - 600)],
  );
  const places = () => {
    const kind = state.transfer('a')?.kinds.get('sessions');
    return [kind?.watermark, kind?.reached];
  };
  assert.deepEqual(places(), [time, time - 600]);
  await state.commit([watermark('a', time + 60)]);
  assert.deepEqual(places(), [time + 60, time + 60]);
});

test('a forgotten transfer is gone, the others are not', async (t) => {
  const all = (name: string) => [begin(name), watermark(name, time), delivered(name, '1'), run(name)];
  const owe: StateChange = { type: 'owe', transfer: 'a', item: owedItem() };
  const state = await reopened(t, [...all('a'), ...all('b'), owe], [{ type: 'forget', transfer: 'a' }]);
  assert.deepEqual(
    state.transfers().map((transfer) => transfer.name),
    ['b'],
  );
  assert.equal(state.delivered('a', session('1')), null);
  assert.deepEqual([state.runs('a'), state.days('a'), state.owed('a')], [[], [], []]);
  assert.equal(state.delivered('b', session('1')), hashOf('a'));
  await state.commit([{ type: 'forget', transfer: 'never-was' }]);
});

test('open sessions are remembered from when they were first seen until they have closed', async (t) => {
  const open = (lsid: string, firstSeen: number, startTime: number | null): StateChange => ({
    type: 'open',
    transfer: 'a',
    kind: 'sessions',
    session: { lsid, startTime, firstSeen },
  });
  const state = await reopened(
    t,
    [begin('a'), open('2', time, null), open('1', time + 1, time)],
    [open('2', time + 9, time - 3)],
  );
  assert.deepEqual(state.openSessions('a', 'sessions'), [
    { lsid: '2', startTime: time - 3, firstSeen: time },
    { lsid: '1', startTime: time, firstSeen: time + 1 },
  ]);
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.open, 2);
  await state.commit([{ type: 'closed', transfer: 'a', kind: 'sessions', lsid: '2' }]);
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.open, 1);
  assert.deepEqual(state.openSessions('a', 'presentations'), []);
});

test('what is owed is kept with all it needs until it is settled', async (t) => {
  const first = owedItem({ since: time + 1 });
  const second = owedItem({ kind: 'command-shell-recordings', instance: 2, status: 'failed' });
  const owe = (item: typeof first): StateChange => ({ type: 'owe', transfer: 'a', item });
  const state = await reopened(t, [begin('a'), owe(first), owe(second)]);
  assert.deepEqual(state.owed('a'), [second, first]);
  assert.deepEqual(state.owed('a', 'session-recordings'), [first]);
  assert.deepEqual(state.owedItem('a', { ...first }), first);
  assert.equal(state.owedItem('a', { ...first, instance: 7 }), null);
  const tried = { ...first, attempts: 2, nextTry: time + 600 };
  await state.commit([owe(tried), { type: 'settled', transfer: 'a', item: second }]);
  assert.deepEqual(state.owed('a'), [tried]);
  assert.equal(state.transfer('a')?.kinds.get('session-recordings')?.owed, 1);
});

test('a sweep remembers how far it came and when one was last complete', async (t) => {
  const sweep = (position: number | null, completedAt?: number): StateChange => ({
    type: 'sweep',
    transfer: 'a',
    kind: 'sessions',
    position,
    ...(completedAt === undefined ? {} : { completedAt }),
  });
  const kind = (state: State) => state.transfer('a')?.kinds.get('sessions');
  const state = await reopened(t, [begin('a'), sweep(time)]);
  assert.deepEqual([kind(state)?.sweepPosition, kind(state)?.sweptAt], [time, null]);
  await state.commit([sweep(null, time + 5)]);
  assert.deepEqual([kind(state)?.sweepPosition, kind(state)?.sweptAt], [null, time + 5]);
  await state.commit([sweep(time + 6)]);
  assert.deepEqual([kind(state)?.sweepPosition, kind(state)?.sweptAt], [time + 6, time + 5]);
});

test('runs tell when all was last well and since when it is not', async (t) => {
  const failure = { id: 'f', status: 'failed', exitCode: 69, clockDifference: null } as const;
  const state = await reopened(
    t,
    [begin('a'), run('a')],
    [run('a', { ...failure, startedAt: time + 60 })],
    [run('a', { ...failure, id: 'g', startedAt: time + 120, finishedAt: time + 125 })],
  );
  const failing = state.transfer('a');
  assert.equal(failing?.lastSuccess, time + 5);
  assert.equal(failing?.failingSince, time + 60);
  assert.equal(failing?.clockDifference, 0.5);
  assert.equal(failing?.lastRun?.id, 'g');
  assert.deepEqual(
    state.runs('a').map((record) => record.id),
    ['g', 'f', 'run'],
  );
  assert.deepEqual(state.runs('a')[2], runRecord());
  await state.commit([run('a', { startedAt: time + 180, finishedAt: time + 181 })]);
  assert.equal(state.transfer('a')?.failingSince, null);
  assert.equal(state.transfer('a')?.lastSuccess, time + 181);
});

test('when people were told is remembered of each channel', async (t) => {
  const notified = (channel: string, at: number | null) =>
    ({ type: 'notified', transfer: 'a', channel, at }) as const;
  const told = [
    begin('a'),
    notified('mail', time),
    notified('webhook', time + 1),
    notified('mail', time + 2),
  ];
  const state = await reopened(t, told);
  assert.deepEqual(Object.fromEntries(state.transfer('a')?.notifiedAt ?? []), {
    mail: time + 2,
    webhook: time + 1,
  });
  await state.commit([notified('mail', null)]);
  assert.deepEqual([...(state.transfer('a')?.notifiedAt ?? [])], [['webhook', time + 1]]);
  await state.commit([{ type: 'forget', transfer: 'a' }, begin('a')]);
  assert.equal(state.transfer('a')?.notifiedAt.size, 0);
});

test('days add up their runs', async (t) => {
  const failed = run('a', { status: 'failed', kinds: {}, startedAt: time + day, finishedAt: time + day + 2 });
  const state = await reopened(t, [begin('a'), run('a'), run('a'), failed]);
  assert.deepEqual(state.days('a'), [
    { day: '2026-11-22', runs: 2, failures: 0, delivered: 6, bytes: 200, owed: 2, seconds: 10 },
    { day: '2026-11-23', runs: 1, failures: 1, delivered: 0, bytes: 0, owed: 0, seconds: 2 },
  ]);
});

test('a list of changes is committed whole or not at all', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await open(t, path);
  await state.commit([begin('a'), watermark('a', time)]);
  await assert.rejects(
    state.commit([watermark('a', time + 1), watermark('never-begun', time)]),
    /never-begun/,
  );
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.watermark, time);
  await state.commit([delivered('a', '1')]);
  assert.equal((await open(t, path)).transfer('a')?.kinds.get('sessions')?.watermark, time);
});

test('a commit that changes nothing writes nothing', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await open(t, path);
  const repeatable = [
    begin('a'),
    watermark('a', time),
    { ...delivered('a', '1'), counts: false } as StateChange,
  ];
  const prune: StateChange = { type: 'prune', transfer: 'a', kind: 'sessions', before: time };
  await state.commit([...repeatable, { type: 'owe', transfer: 'a', item: owedItem() }]);
  const before = await readFile(path);
  await state.commit([...repeatable, prune, { type: 'owe', transfer: 'a', item: owedItem() }]);
  assert.deepEqual(await readFile(path), before);
  assert.deepEqual(await namesIn(join(path, '..')), ['state.db']);
});

test('commits of transfers side by side in one process all arrive', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await open(t, path);
  const names = Array.from({ length: 10 }, (_, index) => `transfer-${index}`);
  await Promise.all(
    names.map((name) => state.commit([begin(name), watermark(name, time), delivered(name, name)])),
  );
  const after = await open(t, path);
  assert.deepEqual(
    names.map((name) => after.delivered(name, session(name))),
    names.map(() => hashOf('a')),
  );
});

test('commits that wait for each other are written together, each of them whole or not at all', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await open(t, path);
  await state.commit([begin('a')]);
  const before = unseal(await readFile(path))?.generation ?? 0;
  const wrong = state.commit([watermark('a', time + 1), watermark('never-begun', time)]);
  const names = Array.from({ length: 200 }, (_, index) => `transfer-${index}`);
  const right = names.map(async (name) => {
    await state.commit([begin(name), watermark(name, time)]);
    assert.ok((await readFile(path)).includes(name), 'who goes on has his changes in the file');
  });
  await assert.rejects(wrong, /never-begun/);
  await Promise.all(right);
  assert.ok((unseal(await readFile(path))?.generation ?? 0) - before <= 2, 'at most two writes');
  const after = await open(t, path);
  assert.equal(after.transfers().length, 201);
  assert.equal(after.transfer('a')?.kinds.size, 0);
});

test('a write that fails fails every commit that was in it, and the next one is whole', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  let full = false;
  const fileSystem = watchedFiles(({ name }) => {
    if (full && name === 'write') throw systemError('ENOSPC', 'write', path);
  });
  const state = await openState(path, { fileSystem });
  t.after(() => state.close());
  await state.commit([begin('a'), begin('b')]);
  full = true;
  const commits = [state.commit([watermark('a', time)]), state.commit([watermark('b', time)])];
  for (const commit of commits) await assert.rejects(commit, /ENOSPC/);
  assert.equal(state.transfer('a')?.kinds.size, 0, 'memory knows what the file knows');
  full = false;
  await state.commit([watermark('b', time + 1)]);
  const after = await open(t, path);
  assert.deepEqual([after.transfer('a')?.kinds.size, after.transfer('b')?.kinds.size], [0, 1]);
});

test('two open states take in what the other commits', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const [first, second] = [await open(t, path), await open(t, path)];
  await first.commit([begin('a'), watermark('a', time)]);
  await second.commit([begin('b'), watermark('b', time)]);
  await first.commit([watermark('a', time + 1)]);
  assert.equal(first.transfers().length, 2);
  assert.equal(second.transfer('a')?.kinds.get('sessions')?.watermark, time);
  await second.refresh();
  assert.equal(second.transfer('a')?.kinds.get('sessions')?.watermark, time + 1);
});

const linksNeedRights = process.platform === 'win32';

test('a state in a directory behind a link is replaced where it is', { skip: linksNeedRights }, async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'real'));
  await symlink('real', join(directory, 'link'));
  await (await open(t, join(directory, 'real', 'state.db'))).commit([begin('a')]);
  await (await open(t, join(directory, 'link', 'state.db'))).commit([begin('b')]);
  assert.deepEqual(
    (await open(t, join(directory, 'real', 'state.db'))).transfers().map(({ name }) => name),
    ['a', 'b'],
  );
});

test('a state that is a link itself is refused, and what it leads to stays', {
  skip: linksNeedRights,
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const [victim, link] = [join(directory, 'victim'), join(directory, 'state.db')];
  await writeFile(victim, 'somebody else’s');
  await symlink(victim, link);
  await assert.rejects(openState(link), {
    code: 'io',
    message: `Cannot read ${link}: it is a link, not a regular file.`,
  });
  assert.equal(await readFile(victim, 'utf8'), 'somebody else’s');
  assert.deepEqual((await readdir(directory)).toSorted(), ['state.db', 'victim']);
});

test('the file is a SQLite database that other tools can read', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  await (await open(t, path)).commit([begin('a'), delivered('a', '1')]);
  const database = new DatabaseSync(path, { readOnly: true });
  assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  assert.deepEqual({ ...database.prepare('SELECT count(*) AS rows FROM ledger').get() }, { rows: 1 });
  database.close();
});
