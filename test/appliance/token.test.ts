import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startAppliance } from './appliance.ts';
import { ask, askReport, askToken, signedIn } from './ask.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const frozen = { clock: { now: noon, frozen: true } };

describe('the token endpoint', () => {
  it('answers client credentials with a bearer token, compact, with the recorded headers', async () => {
    await using appliance = await startAppliance(frozen);
    const answer = await askToken(appliance);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(answer.headers.connection, 'close');
    assert.equal(answer.headers['transfer-encoding'], 'chunked');
    assert.equal(answer.headers.date, 'Sun, 22 Nov 2026 12:00:00 GMT');
    assert.match(String(answer.headers['set-cookie']), /global_warnings.*ns_sl/);
    assert.match(answer.text, /^\{"access_token":"[^"]+","token_type":"Bearer","expires_in":3600\}$/);
  });

  it('takes a secret with + / = as it is', async () => {
    await using appliance = await startAppliance({ clientSecret: 'a+b/c==' });
    assert.equal((await askToken(appliance, 'a+b/c==')).status, 200);
    assert.equal((await askToken(appliance, encodeURIComponent('a+b/c=='))).status, 401);
  });

  it('refuses a wrong secret, and a disabled account, with the recorded body', async () => {
    await using appliance = await startAppliance();
    const wrong = await askToken(appliance, 'wrong');
    assert.equal(wrong.status, 401);
    assert.equal(wrong.text, '{"error":"invalid_client","message":"Client authentication failed."}');
    appliance.account.enabled = false;
    assert.equal((await askToken(appliance)).status, 401);
  });

  it('refuses another grant type', async () => {
    await using appliance = await startAppliance();
    const pair = Buffer.from(`${appliance.clientId}:${appliance.clientSecret}`).toString('base64');
    const headers = { Authorization: `Basic ${pair}` };
    assert.equal(
      (await ask(appliance, '/oauth2/token', { headers, form: { grant_type: 'password' } })).status,
      400,
    );
  });
});

describe('a token', () => {
  it('is refused when it is unknown, has expired, or was revoked', async () => {
    await using appliance = await startAppliance({ ...frozen, expiresIn: 1799 });
    assert.equal((await ask(appliance, '/api/reporting', { form: {} })).status, 401);
    assert.equal(
      (await ask(appliance, '/api/reporting', { headers: { Authorization: 'Bearer no' } })).status,
      401,
    );
    const headers = signedIn(appliance);
    const status = async (): Promise<number> =>
      (await ask(appliance, '/api/reporting', { headers, form: {} })).status;
    assert.equal(await status(), 200);
    appliance.clock.advance(1_799_000);
    assert.equal(await status(), 401);
    const other = appliance.tokens.issue();
    appliance.tokens.revoke(other);
    assert.equal(appliance.tokens.isValid(other), false);
  });

  it('dies, the oldest first, when there are more than thirty', async () => {
    await using appliance = await startAppliance();
    const tokens = Array.from({ length: 31 }, () => appliance.tokens.issue());
    assert.deepEqual(
      tokens.map((token) => appliance.tokens.isValid(token)),
      [false, ...Array<boolean>(30).fill(true)],
    );
  });

  it('dies when the secret is changed', async () => {
    await using appliance = await startAppliance();
    const headers = signedIn(appliance);
    appliance.changeSecret('new');
    assert.equal((await ask(appliance, '/api/reporting', { headers, form: {} })).status, 401);
    assert.equal((await askToken(appliance, 'new')).status, 200);
  });
});

describe('signing in as a user', () => {
  const users = [{ username: 'ana', password: 'p&ss wörd' }];
  const report = { generate_report: 'SupportSession', end_time: 0, duration: 0 };

  it('goes by form parameters', async () => {
    await using appliance = await startAppliance({ users });
    const answer = await ask(appliance, '/api/reporting', { form: { ...report, ...users[0] } });
    assert.match(answer.text, /No Support report information/);
  });

  it('fails with status 200: an error document, but plain text for a backup', async () => {
    await using appliance = await startAppliance({ users });
    const wrong = { username: 'ana', password: 'wrong' };
    const answer = await ask(appliance, '/api/reporting', { form: { ...report, ...wrong } });
    assert.equal(answer.status, 200);
    assert.match(answer.text, /<error [^>]*>Login failed<\/error>/);
    const backup = await ask(appliance, '/api/backup', { form: wrong });
    assert.deepEqual([backup.status, backup.text], [200, 'Invalid credentials']);
  });
});

describe('permissions', () => {
  it('are told by "Document Not Found", with 404, with 200, or as an error document', async () => {
    await using appliance = await startAppliance({ permissions: { support: false } });
    const report = { generate_report: 'SupportSession', end_time: 0, duration: 0 };
    const notFound = await askReport(appliance, report);
    assert.equal(notFound.status, 404);
    assert.match(notFound.text, /Document Not Found/);
    appliance.general.denial = 'not-found-200';
    assert.equal((await askReport(appliance, report)).status, 200);
    appliance.general.denial = 'error';
    assert.match((await askReport(appliance, report)).text, /<error [^>]*>Document Not Found<\/error>/);
  });

  it('go by area, and the whole API can be off', async () => {
    await using appliance = await startAppliance({
      permissions: { support: false, command: 'deny', backup: false },
    });
    const headers = signedIn(appliance);
    const presentations = { generate_report: 'PresentationSession', end_time: 0, duration: 0 };
    assert.equal((await askReport(appliance, presentations)).status, 200);
    assert.equal((await ask(appliance, '/api/command?action=get_api_info', { headers })).status, 404);
    assert.equal((await ask(appliance, '/api/backup', { headers })).status, 404);
    appliance.general.xmlApi = false;
    assert.equal((await askReport(appliance, presentations)).status, 404);
  });
});
