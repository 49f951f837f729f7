import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { storedSessions } from '../support/archive-contents.ts';
import { day, hour, type Installation, install, minute } from '../support/installation.ts';
import { assertFlows, assertRepaired } from '../support/oracle.ts';

describe('an empty report', { concurrency: 3 }, () => {
  const shapes = ['error', 'error-in-list', 'empty-list'] as const;
  for (const language of ['en', 'fr'] as const) {
    for (const empty of shapes) {
      test(`in ${language}, as ${empty}, is a quiet day`, async (t) => {
        const installation = await install(t, { appliance: { reports: { language, empty } } });
        const quiet = await installation.pull();
        assert.deepEqual([quiet.code, quiet.transfer.status, quiet.sessions.delivered], [0, 'ok', 0]);
        assert.ok(Date.parse(quiet.transfer.watermark) > Date.now() - 5 * minute * 1000);
        await assertFlows(installation);
      });
    }
  }

  test('in words of its own is told by its pattern, and is a failure without one', async (t) => {
    const reports = { emptyText: 'Es liegen keine Sitzungen vor.' };
    const unknown = await install(t, { appliance: { reports } });
    const failed = await unknown.pull();
    assert.deepEqual([failed.code, failed.transfer.watermark], [76, null]);
    assert.match(failed.transfer.error.hint, /empty_report_pattern/);
    const known = await install(t, {
      appliance: { reports },
      site: 'empty_report_pattern = keine Sitzungen',
    });
    assert.equal((await known.pull()).code, 0);
    await assertFlows(known);
  });
});

describe('a permission that is revoked is no quiet day:', { concurrency: 3 }, () => {
  for (const denial of ['not-found', 'not-found-200', 'error'] as const) {
    test(`answered as ${denial}`, async (t) => {
      const installation = await installWithSession(t, { appliance: { general: { denial } } });
      const { appliance, pull } = installation;
      const before = (await pull()).transfer.watermark;
      appliance.account.permissions.support = false;
      appliance.clock.advance(hour * 1000);
      addSession(installation, 10 * minute);
      const refused = await pull();
      assert.deepEqual([refused.code, refused.transfer.status], [77, 'failed'], refused.stderr);
      assert.equal(refused.transfer.watermark, before);
      assert.match(refused.transfer.error.hint, /permission/);
      appliance.account.permissions.support = true;
      await assertRepaired(installation);
    });
  }

  test('a wrong secret, and an account that is disabled', async (t) => {
    const installation = await installWithSession(t);
    const { appliance, pull, ic } = installation;
    appliance.changeSecret('another secret that nobody knows here');
    assert.equal((await pull()).code, 77);
    const told = await ic(['pull']);
    assert.deepEqual([told.code, told.signal], [77, null]);
    assert.match(told.stderr, /client_id|credentials/);
    appliance.account.enabled = false;
    assert.equal((await pull()).code, 77);
  });
});

test('a token that expires in the middle of a run is renewed, once', async (t) => {
  const installation = await installWithSession(t, { transfer: 'overlap = 0\nsweep = 0' });
  const { appliance, pull } = installation;
  appliance.before(() => appliance.clock.advance(2 * hour * 1000), { api: 'reporting', skip: 1 });
  const pulled = await pull();
  assert.deepEqual([pulled.code, pulled.sessions.delivered], [0, 1], pulled.stderr);
  assert.equal(appliance.tokens.issued, 2);
  await assertFlows(installation);
});

test('a report cut off in the middle leaves whole sessions, a watermark that waits, and exit code 3', async (t) => {
  const installation = await install(t, { site: 'retries = 0' });
  const { appliance, archive, pull } = installation;
  const now = appliance.clock.seconds();
  const ago = Array.from({ length: 6 }, (_, index) => 4 * day + index * hour);
  appliance.sessions.addAll(ago.map((span) => ({ startTime: now - span - 600, endTime: now - span })));
  const cut = appliance.faults.add({ type: 'truncate', after: 0.6 }, { report: 'SupportSession' });
  const partial = await pull();
  assert.equal(cut.hits, 1);
  assert.deepEqual([partial.code, partial.transfer.status], [3, 'partial']);
  assert.equal(partial.transfer.error.exit_code, 69);
  assert.equal(partial.transfer.watermark, null, 'nothing is known to be complete');
  const stored = await storedSessions(archive);
  assert.ok(stored.length > 0 && stored.length < 6);
  const repaired = await assertRepaired(installation);
  assert.equal(repaired.sessions.delivered, 6 - stored.length);
  await assertFlows(installation);
});

async function installWithSession(...parameters: Parameters<typeof install>): Promise<Installation> {
  const installation = await install(...parameters);
  addSession(installation, hour);
  return installation;
}

function addSession({ appliance }: Installation, ago: number): void {
  const endTime = appliance.clock.seconds() - ago;
  appliance.sessions.add({ startTime: endTime - 600, endTime });
}
