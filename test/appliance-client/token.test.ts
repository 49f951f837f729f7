import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IcError } from '../../src/platform/errors.ts';
import { redact } from '../../src/platform/redact.ts';
import { forEver, setUp, textOf } from './support.ts';

const query = { report: 'SupportSession', lsids: ['abc'] } as const;
const tokens = { api: 'token' } as const;
const reports = { api: 'reporting' } as const;

test('everybody shares one token, and one request for it', async () => {
  await using setup = await setUp();
  await Promise.all(Array.from({ length: 8 }, () => setup.appliance.openReport(query, forEver)));
  assert.equal(setup.simulated.tokens.issued, 1);
  assert.equal(setup.simulated.requests.count(reports), 8);
});

test('the raw pair of id and secret is what is encoded', async () => {
  await using setup = await setUp({ clientSecret: 'a+b/c=d:é' });
  await setup.appliance.openReport(query, forEver);
  assert.equal(setup.simulated.tokens.issued, 1);
});

test('each call has a connection of its own, which is closed after it', async () => {
  await using setup = await setUp();
  for (let call = 0; call < 3; call += 1)
    await textOf((await setup.appliance.openReport(query, forEver)).bytes);
  const connections = setup.simulated.requests.all().map((request) => request.connection);
  assert.equal(new Set(connections).size, connections.length);
  assert.equal(setup.simulated.requests.last()?.headers.connection, 'close');
});

test('a token is renewed before it expires', async () => {
  await using setup = await setUp({ expiresIn: 3600 });
  await setup.appliance.openReport(query, forEver);
  await setup.clock.sleep(54 * 60_000);
  await setup.appliance.openReport(query, forEver);
  assert.equal(setup.simulated.tokens.issued, 1);
  await setup.clock.sleep(90_000);
  await setup.appliance.openReport(query, forEver);
  assert.equal(setup.simulated.tokens.issued, 2);
});

test('a token with a short life is used for most of it', async () => {
  await using setup = await setUp({ expiresIn: 60 });
  await setup.appliance.openReport(query, forEver);
  await setup.clock.sleep(40_000);
  await setup.appliance.openReport(query, forEver);
  assert.equal(setup.simulated.tokens.issued, 1);
  await setup.clock.sleep(6_000);
  await setup.appliance.openReport(query, forEver);
  assert.equal(setup.simulated.tokens.issued, 2);
});

test('a token that has died is renewed once for everybody, and nobody notices', async () => {
  await using setup = await setUp();
  await setup.appliance.openReport(query, forEver);
  setup.simulated.tokens.revokeAll();

  await Promise.all(Array.from({ length: 4 }, () => setup.appliance.openReport(query, forEver)));

  assert.equal(setup.simulated.tokens.issued, 2);
});

test('a fresh token that is refused too is the end, without a token for each further call', async () => {
  await using setup = await setUp();
  setup.simulated.faults.add({ type: 'status', status: 401 }, { ...reports, times: 99 });
  for (let call = 0; call < 3; call += 1) {
    await assert.rejects(setup.appliance.openReport(query, forEver), { code: 'refused', exitCode: 77 });
  }
  assert.equal(setup.simulated.tokens.issued, 2);
});

test('a wrong secret is refused, named with its remedy, and not tried again', async () => {
  await using setup = await setUp();
  setup.simulated.changeSecret('another');
  for (let call = 0; call < 3; call += 1) {
    await assert.rejects(setup.appliance.openReport(query, forEver), (error: IcError) => {
      assert.equal(error.code, 'refused');
      assert.match(error.message, /refused the API account: "invalid_client: Client authentication failed."/);
      assert.match(error.hint ?? '', /client_id and client_secret/);
      return true;
    });
  }
  assert.equal(setup.simulated.requests.count(tokens), 1);
});

for (const [name, value, code] of [
  ['an error with status 200', { error: 'invalid_client', message: 'No.' }, 'refused'],
  ['an answer without a token', { token_type: 'Bearer' }, 'not-understood'],
  ['a token that is no text', { access_token: 7 }, 'not-understood'],
] as const) {
  test(`${name} is ${code}`, async () => {
    await using setup = await setUp();
    setup.simulated.faults.add({ type: 'json', value }, { ...tokens, times: 99 });
    await assert.rejects(setup.appliance.openReport(query, forEver), { code });
  });
}

test('a page in place of a token is not understood', async () => {
  await using setup = await setUp();
  setup.simulated.faults.add({ type: 'html' }, tokens);
  await assert.rejects(setup.appliance.openReport(query, forEver), { code: 'not-understood' });
});

test('an appliance without a token endpoint is told with what it needs', async () => {
  await using setup = await setUp({}, { tokenPath: '/oauth/token' });
  await assert.rejects(setup.appliance.openReport(query, forEver), {
    code: 'refused',
    hint: 'API accounts need version 16.1 or later, and Enable XML API. Check host and token_path of the site.',
  });
});

test('one caller who gives up leaves the token to the others', async () => {
  await using setup = await setUp();
  const gate = Promise.withResolvers<void>();
  setup.simulated.before(() => gate.promise, tokens);
  const controller = new AbortController();
  const first = setup.appliance.openReport(query, controller.signal);
  const second = setup.appliance.openReport(query, forEver);
  await setup.simulated.requests.nth(1, tokens);

  controller.abort(new Error('enough'));
  await assert.rejects(first, /enough/);
  gate.resolve();

  await second;
  assert.equal(setup.simulated.tokens.issued, 1);
});

const user = { username: 'ic', password: 'p+ss & word' };

test('a user account signs in with fields of the form, never in an address', async () => {
  await using setup = await setUp({ users: [user] }, { credentials: { type: 'user-account', ...user } });
  const report = await setup.appliance.openReport(query, forEver);
  assert.match(await textOf(report.bytes), /matching your chosen criteria/);
  const request = setup.simulated.requests.last(reports);
  assert.equal(request?.parameters.password, user.password);
  assert.equal(request?.target, '/api/reporting');
  assert.equal(setup.simulated.requests.count(tokens), 0);
});

test('a user account that is refused shows in the text of the report', async () => {
  await using setup = await setUp({}, { credentials: { type: 'user-account', ...user } });
  const report = await setup.appliance.openReport(query, forEver);
  const text = /<error[^>]*>([^<]*)/.exec(await textOf(report.bytes))?.[1] ?? '';
  assert.equal(setup.appliance.classify(text), 'refused');
});

const issued = 'eyJhbGciOiJIUzI1NiJ9.made-up.signature';

for (const [name, body] of [
  ['another field', JSON.stringify({ token: issued })],
  ['a wrapper', JSON.stringify({ data: { access_token: issued } })],
  ['text behind it', `{"access_token":"${issued}"}\nok`],
  ['a page around it', `<html><body><pre>{"access_token":"${issued}"}</pre></body></html>`],
  ['a title that is it', `<html><head><title>${issued}</title></head></html>`],
  ['nothing around it', issued],
  ['a list around it', JSON.stringify([issued])],
] as const) {
  for (const status of [200, 203, 500]) {
    test(`an answer of status ${status} whose token has ${name} is described, not quoted`, async () => {
      await using setup = await setUp({}, { retries: 0 });
      const fault =
        status === 200 ? ({ type: 'body', body } as const) : ({ type: 'status', status, body } as const);
      setup.simulated.faults.add(fault, { ...tokens, times: 99 });
      await assert.rejects(setup.appliance.openReport(query, forEver), (error: IcError) => {
        const said = JSON.stringify([error.message, error.hint, error.toSummary()]);
        assert.ok(!said.includes('eyJ') && !said.includes('made-up'), said);
        return true;
      });
    });
  }
}

for (const [name, fault] of [
  ['after a byte order mark', { type: 'body', body: `\ufeff{"access_token":"${issued}"}` }],
  ['with status 201', { type: 'status', status: 201, body: JSON.stringify({ access_token: issued }) }],
] as const) {
  test(`a token ${name} is used, and is a secret from then on`, async () => {
    await using setup = await setUp();
    setup.simulated.faults.add(fault, tokens);
    // The appliance did not issue it, and so refuses it.
    await setup.appliance.openReport(query, forEver).catch(() => {});
    const signed = setup.simulated.requests.all().map(({ headers }) => headers.authorization);
    assert.ok(signed.includes(`Bearer ${issued}`), signed.join());
    assert.equal(redact(`the appliance echoes ${issued}`), 'the appliance echoes ***');
  });
}
