import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { media } from '../appliance/media.ts';
import { aSession, plainStyle } from '../appliance/specimens.ts';
import { visibleFiles } from '../support/archive.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { hour, type Installation, install, minute } from '../support/installation.ts';
import { assertArchived, assertRepaired } from '../support/oracle.ts';

const database = '[destination.local]\ntype = sqlite\npath = sessions.db\n';

/** What programs that read this API are known to get wrong. */
describe('what others got wrong:', { concurrency: 3 }, () => {
  test('a session that shows late, in the very second of the last one that was delivered', async (t) => {
    const { appliance, archive, pull } = await install(t);
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - hour, endTime: now - 600 });
    appliance.sessions.add({ startTime: now - hour, endTime: now - 600, visibleFrom: now + 100 });
    assert.equal((await pull()).sessions.delivered, 1);
    appliance.clock.advance(5 * minute * 1000);
    assert.equal((await pull()).sessions.delivered, 1);
    await assertArchived(appliance, archive);
  });

  test('a session that began before one that was delivered, and ends after it', async (t) => {
    const { appliance, archive, pull } = await install(t);
    const now = appliance.clock.seconds();
    const long = appliance.sessions.add({ startTime: now - 3 * hour, endTime: null });
    appliance.sessions.add({ startTime: now - hour, endTime: now - 600 });
    assert.equal((await pull()).sessions.delivered, 1);
    appliance.clock.advance(hour * 1000);
    appliance.sessions.close(long.lsid, now + 600);
    assert.equal((await pull()).sessions.delivered, 1);
    await assertArchived(appliance, archive);
    const stored = (await storedSessions(archive)).find(({ session }) => session.lsid === long.lsid);
    assert.equal(stored?.session.endTime, now + 600, 'complete');
  });

  test('two sessions of one LSEQ', async (t) => {
    const { appliance, archive, pull } = await install(t);
    const now = appliance.clock.seconds();
    for (const ago of [600, 1200]) {
      appliance.sessions.add({ lseq: '77', startTime: now - hour, endTime: now - ago });
    }
    assert.equal((await pull()).sessions.delivered, 2);
    await assertArchived(appliance, archive);
  });

  test('an error that is taken for a quiet day, and a quiet day that is taken for an error', async (t) => {
    const { appliance, pull } = await install(t, { appliance: { general: { denial: 'error' } } });
    const quiet = await pull();
    assert.equal(quiet.code, 0);
    appliance.account.permissions.support = false;
    appliance.clock.advance(hour * 1000);
    const refused = await pull();
    assert.deepEqual([refused.code, refused.transfer.watermark], [77, quiet.transfer.watermark]);
    appliance.account.permissions.support = true;
    appliance.faults.add(
      { type: 'error', text: 'Too many connections to the database.' },
      { api: 'reporting' },
    );
    const failed = await pull();
    assert.deepEqual([failed.code, failed.transfer.watermark], [76, quiet.transfer.watermark]);
  });

  test('this machine’s clock, ahead of the appliance’s, as the end of a window', async (t) => {
    const { appliance, archive, pull } = await install(t, {
      appliance: { clock: { now: Date.now() - 3 * hour * 1000 } },
      transfer: 'overlap = 0\nsweep = 0',
    });
    assert.equal((await pull()).code, 0);
    appliance.clock.advance(hour * 1000);
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - 1800, endTime: now - 600 });
    assert.equal((await pull()).sessions.delivered, 1);
    await assertArchived(appliance, archive);
  });

  test('the zone of a time, cut off its text', async (t) => {
    const installation = await install(t, {
      destination: 'file_name = %LSID%-%START_DATE%-%START_TIME%.%EXTENSION%',
    });
    const { appliance, archive, pull } = installation;
    const startTime = appliance.clock.seconds() - hour;
    for (const offsetMinutes of [0, 330, -480]) {
      appliance.sessions.add({ startTime, endTime: startTime + 60, style: { ...plainStyle, offsetMinutes } });
    }
    assert.equal((await pull()).sessions.delivered, 3);
    const [date, time] = new Date(startTime * 1000).toISOString().split(/[T.]/);
    for (const name of await visibleFiles(archive)) {
      assert.ok(name.endsWith(`-${date}-${time?.replaceAll(':', '')}.xml`), name);
    }
  });

  test('addresses of IPv6 with a port, empty custom attributes, lists of one', async (t) => {
    const installation = await install(t, { into: 'local', more: database });
    const { appliance, directory, pull } = installation;
    const now = appliance.clock.seconds();
    const { customers, representatives } = aSession({ startTime: now });
    appliance.sessions.add({
      startTime: now - hour,
      endTime: now - 600,
      customAttributes: [],
      customers: customers?.slice(0, 1) ?? null,
      representatives: representatives?.slice(0, 1) ?? null,
    });
    assert.equal((await pull()).sessions.delivered, 1);
    using rows = new DatabaseSync(join(directory, 'sessions.db'), { readOnly: true });
    const { public_ip } = rows.prepare('SELECT public_ip FROM representative').get() ?? {};
    assert.equal(public_ip, '2001:db8:85a3::8a2e:370:7334');
    assert.deepEqual(
      { ...rows.prepare('SELECT count(*) AS n, public_ip FROM customer').get() },
      {
        n: 1,
        public_ip: '198.51.100.23',
      },
    );
    assert.equal(rows.prepare('SELECT count(*) AS n FROM custom_attribute').get()?.n, 0);
  });

  test('one cursor for several destinations: what one acknowledged, the failing one never gets', async (t) => {
    const installation = await install(t, {
      more: `[destination.second]\ntype = file-system\ndirectory = second
[transfer.u]\nsite = hq\ndestination = second\ndata = sessions\nstart = 5d\n`,
    });
    const { appliance, archive, directory, pull } = installation;
    addSession(installation);
    await writeFile(join(directory, 'second'), 'in the way');
    assert.equal((await pull()).code, 3);
    await assertArchived(appliance, archive);
    appliance.clock.advance(6 * hour * 1000);
    assert.equal((await pull()).code, 3);
    await rm(join(directory, 'second'));
    assert.equal((await pull()).code, 0);
    await assertArchived(appliance, join(directory, 'second'));
  });

  test('a page for signing in, stored as a recording', async (t) => {
    const installation = await install(t, {
      transfer: 'data = sessions, session-recordings',
      destination: '[destination.archive.session-recordings]\ndirectory = recordings',
      site: 'retries = 0',
    });
    const { appliance, directory, pull } = installation;
    const now = appliance.clock.seconds();
    const recording = media();
    appliance.sessions.add({ startTime: now - hour, endTime: now - 600, recording });
    const page = { api: 'reporting', report: 'SupportSessionRecording', times: 9 } as const;
    const rules = [
      appliance.faults.add({ type: 'html' }, page),
      appliance.faults.add({ type: 'html' }, { api: 'download', times: 9 }),
    ];
    const failed = await pull();
    assert.ok(rules.some(({ hits }) => hits > 0));
    for (const rule of rules) rule.remove();
    const { delivered, owed } = failed.transfer.kinds['session-recordings'];
    assert.deepEqual([failed.code, delivered, owed], [3, 0, 1], failed.stderr);
    assert.deepEqual(await visibleFiles(join(directory, 'recordings')), []);
    appliance.clock.advance(hour * 1000);
    const repaired = await assertRepaired(installation);
    assert.equal(repaired.transfer.kinds['session-recordings'].delivered, 1);
  });

  test('links that are signed anew in each report, taken for an edit', async (t) => {
    const installation = await install(t);
    const { archive, pull } = installation;
    addSession(installation);
    await pull();
    const before = await visibleFiles(archive);
    const again = await pull(['--since', '1d']);
    assert.deepEqual([again.code, again.sessions.seen, again.sessions.delivered], [0, 1, 0]);
    assert.deepEqual(await visibleFiles(archive), before);
    assert.equal((await pull()).sessions.unchanged, 1);
  });

  test('a run that did not reach the appliance, marked as done', async (t) => {
    const installation = await install(t, { site: 'retries = 0' });
    const { appliance, json, pull } = installation;
    addSession(installation);
    const reset = appliance.faults.add({ type: 'reset' }, { times: 99 });
    const failed = await pull();
    assert.deepEqual([failed.code, failed.transfer.status, failed.transfer.watermark], [69, 'failed', null]);
    assert.ok(reset.hits > 0);
    const { document } = await json(['status']);
    assert.deepEqual([document.transfers[0].status, document.transfers[0].last_success], ['failed', null]);
    reset.remove();
    await assertRepaired(installation);
  });
});

function addSession({ appliance }: Installation): void {
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - hour, endTime: now - 600 });
}
