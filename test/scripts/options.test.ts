import assert from 'node:assert/strict';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { media } from '../appliance/media.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { day, hour, type Installation, install, minute } from '../support/installation.ts';
import { assertArchived } from '../support/oracle.ts';

describe('ic pull', { concurrency: 3 }, () => {
  test('--since and --until take this window, and the watermark stays', async (t) => {
    const installation = await install(t, { transfer: 'start = 2h' });
    const { pull } = installation;
    const [old, older] = [addEnded(installation, 3 * day), addEnded(installation, 20 * day)];
    const recent = addEnded(installation, hour);
    const first = await pull();
    assert.equal(first.sessions.delivered, 1);
    const window = await pull(['--since', '4d', '--until', '2d']);
    assert.deepEqual([window.code, window.sessions.delivered], [0, 1]);
    assert.deepEqual(await lsidsIn(installation), [old, recent].toSorted());
    const { from, to } = window.transfer.window;
    assert.equal(Date.parse(to) - Date.parse(from), 2 * day * 1000);
    assert.equal(window.transfer.watermark, first.transfer.watermark);
    const since = new Date(Date.now() - 21 * day * 1000).toISOString().slice(0, 10);
    assert.equal((await pull(['--since', since])).sessions.delivered, 1);
    assert.ok((await lsidsIn(installation)).includes(older));
    const again = await pull(['--since', since]);
    assert.deepEqual([again.code, again.sessions.delivered], [0, 0], 'what is there already stays as it is');
  });

  test('takes nothing that had ended before its start, today or when a sweep looks back', async (t) => {
    const installation = await install(t, { transfer: 'start = 2h\nsweep = 7d' });
    const { appliance, pull } = installation;
    addEnded(installation, 3 * hour);
    addEnded(installation, 3 * day);
    const within = addEnded(installation, hour);
    assert.equal((await pull(['--dry-run'])).sessions.delivered, 1);
    assert.equal((await pull()).sessions.delivered, 1);
    appliance.sessions.edit(within, { externalKey: 'edited later' });
    appliance.requests.clear();
    appliance.clock.advance(2 * day * 1000);
    assert.equal((await pull()).sessions.delivered, 1, 'the edited one');
    assert.ok(appliance.requests.count({ where: ({ parameters }) => 'start_time' in parameters }) > 0);
    assert.equal((await pull(['--since', '7d'])).sessions.delivered, 2, 'unless they are asked for');
  });

  test('--since also finds what is missing although the ledger knows it', async (t) => {
    const installation = await install(t);
    addEnded(installation, hour);
    assert.equal((await installation.pull()).sessions.delivered, 1);
    const [only] = await storedSessions(installation.archive);
    await rm(only?.path ?? '');
    assert.equal((await installation.pull()).sessions.delivered, 0, 'the ledger knows it');
    assert.equal((await installation.pull(['--since', '1d'])).sessions.delivered, 1);
    await assertArchived(installation.appliance, installation.archive);
  });

  test('--session takes just these, ended only now or long ago', async (t) => {
    const installation = await install(t, { transfer: 'start = 1h\nsweep = 1h' });
    const { appliance, pull } = installation;
    const wanted = [addEnded(installation, 5), addEnded(installation, 90 * day)];
    addEnded(installation, 30 * minute);
    const named = await pull(wanted.flatMap((lsid) => ['--session', lsid]));
    assert.deepEqual([named.code, named.sessions.delivered, named.transfer.window], [0, 2, null]);
    assert.equal(named.transfer.watermark, null);
    assert.deepEqual(await lsidsIn(installation), wanted.toSorted());
    assert.equal((await pull(wanted.flatMap((lsid) => ['--session', lsid]))).sessions.delivered, 0);
    appliance.clock.advance(10 * minute * 1000);
    assert.equal((await pull()).sessions.delivered, 1, 'the ledger knows the one that it sees again');

    const unknown = await pull(['--session', 'f'.repeat(32)]);
    assert.deepEqual([unknown.code, unknown.transfer.status], [76, 'failed']);
    assert.match(unknown.transfer.error.message, /f{32}/);
  });

  test('--session finds sessions and presentations alike', async (t) => {
    const installation = await install(t, { transfer: 'data = sessions, presentations' });
    const { appliance, pull } = installation;
    const session = addEnded(installation, hour);
    const startTime = appliance.clock.seconds() - 3 * hour;
    const presentation = appliance.presentations.add({ startTime, endTime: startTime + hour }).lsid;
    const deliveredBy = async (...lsids: readonly string[]) => {
      const { code, transfer } = await pull(lsids.flatMap((lsid) => ['--session', lsid]));
      return [code, transfer.kinds.sessions.delivered, transfer.kinds.presentations.delivered];
    };
    assert.deepEqual(await deliveredBy(session), [0, 1, 0]);
    assert.deepEqual(await deliveredBy(presentation), [0, 0, 1]);
    assert.deepEqual(await deliveredBy(session, 'f'.repeat(32)), [76, 0, 0], 'one that neither report knows');
  });

  test('a day that is in no calendar is no time', async (t) => {
    const { pull, appliance } = await install(t);
    const { code, document } = await pull(['--since', '2026-02-30']);
    assert.deepEqual([code, document.error.code], [2, 'usage']);
    assert.match(document.error.message, /2026-02-30 is no time/);
    assert.equal(appliance.requests.count(), 0);
  });

  test('--data takes only these kinds, and lets the others wait', async (t) => {
    const installation = await install(t, {
      transfer: 'data = sessions, session-recordings',
      destination: '[destination.archive.session-recordings]\ndirectory = recordings',
    });
    const { appliance, directory, pull, archive } = installation;
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - hour, endTime: now - 600, recording: media() });
    const sessions = await pull(['--data', 'sessions']);
    assert.deepEqual([sessions.code, Object.keys(sessions.transfer.kinds)], [0, ['sessions']]);
    await assertArchived(appliance, archive);
    const rest = await pull();
    assert.equal(rest.transfer.kinds['session-recordings'].delivered, 1);
    assert.equal(
      (await readdir(join(directory, 'recordings'))).filter((name) => /mp4$/.test(name)).length,
      1,
    );
    const none = await pull(['--data', 'backups']);
    assert.deepEqual([none.code, none.document.error.code], [2, 'usage']);
  });

  test('--site and --to make a transfer that nothing remembers', async (t) => {
    const installation = await install(t, {
      more: '[destination.other]\ntype = file-system\ndirectory = other',
    });
    const { appliance, directory, pull } = installation;
    const lsid = addEnded(installation, 2 * hour);
    addEnded(installation, 3 * day);
    const parameters = ['--site', 'hq', '--to', 'other', '--data', 'sessions'];
    const window = await pull([...parameters, '--since', '1d']);
    assert.deepEqual([window.code, window.transfer.name, window.sessions.delivered], [0, 'hq-to-other', 1]);
    const named = await pull([...parameters, '--session', lsid]);
    assert.deepEqual([named.code, named.sessions.delivered, named.sessions.unchanged], [0, 0, 1]);
    assert.equal((await storedSessions(join(directory, 'other'))).length, 1);
    await assert.rejects(stat(join(directory, 'ic-state.db')), 'nothing is remembered');
    assert.equal((await pull()).sessions.delivered, 2, 'transfers of the configuration know nothing of it');
    await assertArchived(appliance, installation.archive);
    assert.equal((await pull(parameters)).code, 2);
    assert.equal((await pull(['--site', 'hq'])).code, 2);
    assert.equal((await pull(['--site', 'hq', '--to', 'nowhere', '--data', 'all', '--since', '1d'])).code, 2);
  });

  test('--due runs what is due, and only that', async (t) => {
    const installation = await install(t, {
      transfer: 'every = 15m',
      more: '[transfer.daily]\nsite = hq\ndestination = archive\ndata = sessions\nevery = 1d',
    });
    const { pull, ic, appliance } = installation;
    assert.equal((await pull(['--due', 't'])).transfer.status, 'ok', 'one that never ran is due');
    const { document } = await pull(['--due']);
    assert.deepEqual(statuses(document), { t: 'not-due', daily: 'ok' });
    appliance.requests.clear();
    const quiet = await ic(['pull', '--due']);
    assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, 'No transfer is due.\n', '']);
    assert.equal(appliance.requests.count(), 0);
    const nothing = await ic(['pull', '--due', '--quiet']);
    assert.deepEqual([nothing.code, nothing.stdout, nothing.stderr], [0, '', '']);
  });

  test('--due runs again what has failed', async (t) => {
    const installation = await install(t, { transfer: 'every = 1h', site: 'retries = 0' });
    const { appliance, pull } = installation;
    addEnded(installation, hour);
    appliance.faults.add({ type: 'status', status: 503 }, { api: 'reporting' });
    assert.equal((await pull(['--due'])).code, 69);
    const again = await pull(['--due']);
    assert.deepEqual([again.code, again.transfer.status, again.sessions?.delivered], [0, 'ok', 1]);
    assert.equal((await pull(['--due'])).transfer.status, 'not-due');
  });

  test('--dry-run asks and writes nothing', async (t) => {
    const installation = await install(t, { more: '[log]\nfile =' });
    const { directory, pull, appliance } = installation;
    for (const ago of [hour, 2 * hour, 3 * day]) addEnded(installation, ago);
    const dry = await pull(['--dry-run']);
    assert.deepEqual([dry.code, dry.document.dry_run, dry.sessions.delivered], [0, true, 3]);
    assert.deepEqual(await readdir(directory), ['ic.ini']);
    assert.equal((await pull()).sessions.delivered, 3);
    const state = await readFile(join(directory, 'ic-state.db'));
    addEnded(installation, 5 * minute);
    assert.equal((await pull(['--dry-run'])).sessions.delivered, 1);
    assert.ok(state.equals(await readFile(join(directory, 'ic-state.db'))), 'the state is as it was');
    assert.equal((await storedSessions(installation.archive)).length, 3);
    appliance.account.permissions.support = false;
    assert.equal((await pull(['--dry-run'])).code, 77, 'it fails as a pull would');
  });

  for (const [what, into, more] of [
    ['an archive', 'archive', ''],
    ['a database', 'database', '[destination.database]\ntype = sqlite\npath = ic.db\n'],
  ] as const) {
    test(`--dry-run asks ${what} what it holds, however old that is`, async (t) => {
      const installation = await install(t, { transfer: 'start = 40d', into, more });
      const { appliance, pull, json } = installation;
      for (const ago of [hour, 20 * day, 30 * day]) addEnded(installation, ago);
      assert.equal((await pull()).sessions.delivered, 3);
      const counts = async (...flags: readonly string[]) => {
        const { sessions } = await pull(['--dry-run', ...flags]);
        return [sessions.delivered, sessions.unchanged];
      };
      assert.deepEqual(await counts('--since', '39d'), [0, 3]);
      const [oldest] = appliance.sessions.all().toSorted((a, b) => (a.endTime ?? 0) - (b.endTime ?? 0));
      assert.ok(oldest);
      appliance.sessions.edit(oldest.lsid, { externalKey: 'edited later' });
      assert.deepEqual(await counts('--since', '39d'), [1, 2]);
      assert.deepEqual(await counts('--session', oldest.lsid), [1, 0]);
      assert.equal((await json(['state', 'forget', 't'])).code, 0);
      assert.deepEqual(await counts('--since', '39d'), [1, 2], 'the state plays no part');
      const { sessions } = await pull(['--since', '39d']);
      assert.deepEqual([sessions.delivered, sessions.unchanged], [1, 2], 'a pull comes to the same');
    });
  }

  test('--fail-on-empty tells a run that delivered nothing', async (t) => {
    const installation = await install(t);
    assert.equal((await installation.pull(['--fail-on-empty'])).code, 3);
    addEnded(installation, hour);
    assert.equal((await installation.pull(['--fail-on-empty'])).code, 0);
    assert.equal((await installation.pull(['--fail-on-empty'])).code, 3);
    assert.equal((await installation.pull()).code, 0);
  });
});

function addEnded({ appliance }: Installation, ago: number): string {
  const endTime = appliance.clock.seconds() - ago;
  return appliance.sessions.add({ startTime: endTime - 600, endTime }).lsid;
}

async function lsidsIn({ archive }: Installation): Promise<readonly string[]> {
  return (await storedSessions(archive)).map(({ session }) => session.lsid).toSorted();
}

function statuses(document: { readonly transfers: readonly { name: string; status: string }[] }) {
  return Object.fromEntries(document.transfers.map(({ name, status }) => [name, status]));
}
