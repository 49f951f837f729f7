import assert from 'node:assert/strict';
import { copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { openState } from '../../src/state/store.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { day, hour, type Installation, install } from '../support/installation.ts';
import { assertArchived, assertFlows, assertRepaired } from '../support/oracle.ts';

describe('ic state', { concurrency: 3 }, () => {
  test('show tells watermarks, and the sessions that are open', async (t) => {
    const installation = await installWithSessions(t);
    const { appliance, ic, json, pull } = installation;
    const empty = await ic(['state', 'show']);
    assert.deepEqual([empty.code, empty.stdout], [0, 'The state is empty.\n']);
    const open = appliance.sessions.add({ startTime: appliance.clock.seconds() - hour, endTime: null });
    const pulled = await pull();
    const { document } = await json(['state', 'show', 't']);
    const [{ name, site, destination, kinds }] = document.transfers;
    assert.deepEqual([name, site, destination], ['t', 'hq', 'archive']);
    assert.equal(kinds.sessions.watermark, pulled.transfer.watermark);
    assert.equal(kinds.sessions.delivered, 3);
    assert.deepEqual(
      kinds.sessions.open.map(({ lsid }: { lsid: string }) => lsid),
      [open.lsid],
    );
    const spoken = await ic(['state', 'show']);
    assert.ok(spoken.stdout.includes(open.lsid) && spoken.stdout.includes(pulled.transfer.watermark));
  });

  test('show begins with the watermarks, and shows the first of many open sessions', async (t) => {
    const { appliance, ic, json, pull } = await installWithSessions(t);
    const startTime = appliance.clock.seconds() - hour;
    for (let count = 0; count < 25; count += 1) appliance.sessions.add({ startTime, endTime: null });
    await pull();
    const lines = (await ic(['state', 'show'])).stdout.split('\n');
    assert.match(lines[1] ?? '', /^ {2}sessions: watermark 20.*, open 25, owed 0$/);
    assert.equal(lines.filter((line) => line.includes('open sessions ')).length, 10);
    assert.ok(lines.includes('    and 15 more sessions open; --json has all'), lines.join('\n'));
    assert.equal((await json(['state', 'show'])).document.transfers[0].kinds.sessions.open.length, 25);
  });

  test('rewind makes the next pull look again; what is stored already stays as it is', async (t) => {
    const installation = await installWithSessions(t);
    const { appliance, archive, ic, json, pull } = installation;
    await pull();
    const late = appliance.sessions.add(ended(installation, 3 * day));
    assert.equal((await pull()).sessions.delivered, 0, 'it came later than a window looks back');
    const to = new Date((appliance.clock.seconds() - 4 * day) * 1000).toISOString();
    const rewound = await json(['state', 'rewind', 't', '--to', to]);
    assert.equal(rewound.code, 0, rewound.stderr);
    const again = await pull();
    assert.deepEqual([again.code, again.sessions.delivered], [0, 1]);
    assert.ok((await storedSessions(archive)).some(({ session }) => session.lsid === late.lsid));
    await assertArchived(appliance, archive);
    const other = await ic(['state', 'rewind', 't', '--to', to, '--data', 'sessions,backups']);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /t has no watermark of backups, but of sessions\./);
    const ahead = await json(['state', 'rewind', 't', '--to', '2099-01-01']);
    assert.deepEqual([ahead.code, ahead.document.error.code], [2, 'usage'], 'it goes back only');
  });

  test('rewind looks again for what never ended, too', async (t) => {
    const installation = await installWithSessions(t);
    const { appliance, archive, json, pull } = installation;
    await pull();
    const { lsid } = appliance.sessions.add({ ...ended(installation, 3 * day), endTime: null });
    const to = new Date((appliance.clock.seconds() - 2 * day) * 1000).toISOString();
    assert.equal((await json(['state', 'rewind', 't', '--to', to])).code, 0);
    assert.equal((await pull()).sessions.delivered, 1);
    assert.ok((await storedSessions(archive)).some(({ session }) => session.lsid === lsid));
  });

  test('forget leaves it to the destination how far the transfer came', async (t) => {
    const installation = await installWithSessions(t);
    const { appliance, archive, json, pull } = installation;
    await pull();
    assert.equal((await json(['state', 'forget', 't'])).code, 0);
    const again = await pull();
    assert.deepEqual([again.code, again.sessions.delivered], [0, 0], again.stderr);
    assert.match(again.stderr, /sessions goes on from there/);
    await assertArchived(appliance, archive);
    await assertFlows(installation);
  });
});

describe('ic status', { concurrency: 3 }, () => {
  test('tells of a transfer that never ran, ran well, and failed', async (t) => {
    const installation = await installWithSessions(t);
    const { json, pull, appliance } = installation;
    const never = (await json(['status'])).document.transfers[0];
    assert.deepEqual(
      [never.last_run, never.last_success, never.kinds.sessions.watermark],
      [null, null, null],
    );
    assert.equal((await json(['status', '--max-age', '2h'])).code, 3, 'never is too old');

    const pulled = await pull();
    const well = (await json(['status', '--max-age', '2h'])).document;
    assert.equal(well.exit_code, 0);
    const [{ status, last_success, next_due, kinds }] = well.transfers;
    assert.equal(status, 'ok');
    assert.equal(Date.parse(next_due) - Date.parse(last_success) <= 15 * 60_000, true);
    assert.equal(kinds.sessions.watermark, pulled.transfer.watermark);
    assert.deepEqual([kinds.sessions.delivered, kinds.sessions.owed], [3, 0]);
    assert.equal(kinds.sessions.bytes, pulled.sessions.bytes);

    appliance.account.permissions.support = false;
    await pull();
    const failed = (await json(['status', '--max-age', '2h'])).document;
    assert.deepEqual([failed.exit_code, failed.transfers[0].status], [0, 'failed']);
    assert.equal(failed.transfers[0].error.exit_code, 77);
  });

  test('--max-age tells a success that is too old', async (t) => {
    const { directory, ic, json } = await install(t);
    const state = await openState(join(directory, 'ic-state.db'));
    const at = Math.floor(Date.now() / 1000) - 3 * hour;
    const run = {
      id: 'r',
      startedAt: at,
      finishedAt: at,
      status: 'ok',
      exitCode: 0,
      error: null,
      warnings: [],
    } as const;
    await state.commit([
      { type: 'begin', transfer: 't', site: 'hq', destination: 'archive' },
      { type: 'run', transfer: 't', run: { ...run, kinds: {}, retries: 0, clockDifference: null } },
    ]);
    state.close();
    assert.equal((await json(['status', '--max-age', '4h'])).code, 0);
    const tooOld = await ic(['status', '--max-age', '2h', '--quiet']);
    assert.deepEqual([tooOld.code, tooOld.stdout], [3, '']);
    assert.match(tooOld.stderr, /t: last success/);
  });

  test('asks no network', async (t) => {
    const installation = await installWithSessions(t);
    assert.equal((await installation.ic(['status'])).code, 0);
    assert.equal(installation.appliance.requests.count(), 0);
  });
});

describe('a state that is lost', { concurrency: 3 }, () => {
  test('is made good from the archive: nothing is asked for or stored again', async (t) => {
    const installation = await installWithSessions(t);
    const { appliance, archive, directory, pull } = installation;
    await pull();
    const before = await readdir(archive);
    await removeState(directory);
    appliance.requests.clear();
    const adopted = await pull();
    assert.deepEqual([adopted.code, adopted.sessions.delivered], [0, 0], adopted.stderr);
    assert.match(adopted.stderr, /state knows nothing of transfer t/);
    assert.deepEqual(await readdir(archive), before);
    const slices = appliance.requests.count({ where: ({ parameters }) => 'end_time' in parameters });
    assert.equal(slices, 1, 'its window begins where the archive ends');
    await assertArchived(appliance, archive);
    await assertFlows(installation);
  });

  test('with the manifest, too, is made good from the files', async (t) => {
    const installation = await installWithSessions(t);
    const { appliance, archive, directory, pull } = installation;
    await pull();
    await removeState(directory);
    await rm(join(archive, 'ic-manifest'), { recursive: true });
    const adopted = await pull();
    assert.deepEqual([adopted.code, adopted.sessions.delivered, adopted.sessions.unchanged], [0, 0, 3]);
    await assertArchived(appliance, archive);
    await assertFlows(installation);
  });

  test('falls back to the previous generation when it is damaged, and says so', async (t) => {
    const installation = await installWithSessions(t);
    const { appliance, directory, pull } = installation;
    await pull();
    appliance.sessions.add(ended(installation, 1800));
    await pull();
    await writeFile(join(directory, 'ic-state.db'), 'this is no state');
    const fallen = await assertRepaired(installation);
    assert.match(fallen.stderr, /damaged/);
    assert.equal(fallen.sessions.delivered, 0);
    assert.ok(
      (await readdir(directory)).some((name) => name.includes('.damaged-')),
      'it is kept',
    );
    await assertFlows(installation);
  });

  test('or is an old one from a backup changes nothing in the archive', async (t) => {
    const installation = await installWithSessions(t);
    const { appliance, directory, pull } = installation;
    await pull();
    const state = join(directory, 'ic-state.db');
    await copyFile(state, `${state}.backup`);
    for (const ago of [3600, 1200]) {
      appliance.sessions.add(ended(installation, ago));
      await pull();
    }
    await rename(`${state}.backup`, state);
    const repaired = await assertRepaired(installation);
    assert.deepEqual([repaired.sessions.delivered, repaired.sessions.unchanged > 0], [0, true]);
    await assertFlows(installation);
  });
});

async function installWithSessions(t: TestContext): Promise<Installation> {
  const installation = await install(t);
  for (const ago of [hour, day, 4 * day]) installation.appliance.sessions.add(ended(installation, ago));
  return installation;
}

function ended({ appliance }: Installation, ago: number) {
  const endTime = appliance.clock.seconds() - ago;
  return { startTime: endTime - 600, endTime };
}

async function removeState(directory: string): Promise<void> {
  await rm(join(directory, 'ic-state.db'));
  await rm(join(directory, 'ic-state.db.previous'), { force: true });
}
