import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { startAppliance } from './appliance.ts';
import { ask, signedIn } from './ask.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const frozen = { clock: { now: noon, frozen: true } };

describe('get_api_info', () => {
  it("is shaped as recorded, with the appliance's own time", async () => {
    await using appliance = await startAppliance({
      ...frozen,
      reports: { namespace: 'bomgar' },
      permissions: { backup: false },
    });
    appliance.clock.advance(5000);
    const { text } = await ask(appliance, '/api/command?action=get_api_info', {
      headers: signedIn(appliance),
    });
    assert.equal(
      text,
      `<?xml version="1.0" encoding="UTF-8"?>

<api_information xmlns="http://www.bomgar.com/namespaces/API/command">
\t<api_version>1.22.2</api_version>
\t<company_name>example</company_name>
\t<timestamp>${noon / 1000 + 5}</timestamp>
\t<permissions>
\t\t<permission name="perm_command">read_only</permission>
\t\t<permission name="perm_reporting_support">1</permission>
\t\t<permission name="perm_reporting_presentation">1</permission>
\t\t<permission name="perm_reporting_license">0</permission>
\t\t<permission name="perm_reporting_archive">0</permission>
\t\t<permission name="perm_real_time_state">0</permission>
\t\t<permission name="perm_ecm">0</permission>
\t\t<permission name="perm_backup">0</permission>
\t\t<permission name="perm_scim">0</permission>
\t</permissions>
</api_information>
`,
    );
  });
});

describe('check_health', () => {
  it('is shaped as recorded', async () => {
    await using appliance = await startAppliance({
      ...frozen,
      health: { failoverRole: 'backup', lastDataSync: 1_570_408_370 },
    });
    const headers = signedIn(appliance);
    const { text } = await ask(appliance, '/api/command', { headers, form: { action: 'check_health' } });
    assert.match(text, /<appliance id="[0-9a-f]{32}">/);
    assert.match(
      text,
      /<version>23\.2\.1 \(.*\)<\/version>\s*<success>1<\/success>\s*<failover_role>backup</,
    );
    assert.match(text, /<last_data_sync_time ts="1570408370">2019-10-07T00:32:50\.000\+0000</);
  });

  it('needs no sign-in as a page of its own: 200 or 500', async () => {
    await using appliance = await startAppliance();
    assert.equal((await ask(appliance, '/check_health')).status, 200);
    appliance.health.healthy = false;
    assert.equal((await ask(appliance, '/check_health')).status, 500);
  });
});

describe('a backup', () => {
  it('is a stream whose bytes are known, with a JSON password or without', async () => {
    await using appliance = await startAppliance({ backup: { size: 300_000 } });
    const headers = { ...signedIn(appliance), 'Content-Type': 'application/json' };
    const answers = [
      await ask(appliance, '/api/backup', { headers: signedIn(appliance) }),
      await ask(appliance, '/api/backup', { headers, body: JSON.stringify({ password: 'geheim' }) }),
    ];
    for (const [index, { body }] of answers.entries()) {
      assert.equal(body.length, 300_000);
      assert.equal(createHash('sha256').update(body).digest('hex'), appliance.backupSha256(index + 1));
    }
    assert.deepEqual(
      appliance.backup.served.map(({ password }) => password),
      [null, 'geheim'],
    );
    assert.notEqual(appliance.backupSha256(1), appliance.backupSha256(2));
  });

  it('takes the password in a form field when that is set', async () => {
    await using appliance = await startAppliance({ backup: { passwordField: 'backup_password' } });
    await ask(appliance, '/api/backup', {
      headers: signedIn(appliance),
      form: { backup_password: 'geheim' },
    });
    assert.equal(appliance.backup.served[0]?.password, 'geheim');
  });

  it('can be refused in words, with status 200', async () => {
    await using appliance = await startAppliance({ backup: { refusal: 'A backup is already running.' } });
    const answer = await ask(appliance, '/api/backup', { headers: signedIn(appliance) });
    assert.deepEqual([answer.status, answer.text], [200, 'A backup is already running.']);
  });
});

describe('the appliance as a server', () => {
  it('speaks HTTPS with a certificate of its authority', async () => {
    await using appliance = await startAppliance({ https: true });
    assert.match(appliance.url, /^https:/);
    assert.equal((await ask(appliance, '/check_health')).status, 200);
  });

  it('listens on IPv6 where there is one', async (context) => {
    const appliance = await startAppliance({ address: '::1' }).catch(() => null);
    if (!appliance) return context.skip('This machine has no IPv6.');
    await using _ = appliance;
    assert.match(appliance.host, /^\[::1\]:\d+$/);
    assert.equal((await ask(appliance, '/check_health')).status, 200);
  });
});

describe('the clock', () => {
  it('stands still when frozen, and is set and advanced', async () => {
    await using appliance = await startAppliance(frozen);
    const { clock } = appliance;
    assert.equal(clock.now(), noon);
    clock.advance(-3_600_000);
    assert.equal(clock.now(), noon - 3_600_000);
    clock.set(0);
    assert.equal((await ask(appliance, '/check_health')).headers.date, 'Thu, 01 Jan 1970 00:00:00 GMT');
  });

  it('runs with real time, by an offset', async () => {
    await using appliance = await startAppliance();
    const { clock } = appliance;
    clock.advance(3_600_000);
    const before = Date.now() + 3_600_000;
    assert.ok(clock.now() >= before && clock.now() <= Date.now() + 3_600_000);
    clock.freeze();
    const stopped = clock.now();
    clock.resume();
    assert.ok(clock.now() >= stopped);
  });
});
