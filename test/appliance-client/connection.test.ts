import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createAppliance } from '../../src/appliance/client.ts';
import type { IcError } from '../../src/platform/errors.ts';
import { startProxy } from './proxy-server.ts';
import { forEver, quickClock, setUp, siteOf, temporaryFolder, textOf } from './support.ts';

const run = promisify(execFile);
const query = { report: 'SupportSession', lsids: ['abc'] } as const;

test('an appliance with a certificate of the ca_file is trusted', async () => {
  await using setup = await setUp({ https: true });
  const report = await setup.appliance.openReport(query, forEver);
  assert.match(await textOf(report.bytes), /matching your chosen criteria/);
});

test('a ca_file may be DER, as Windows exports it', async () => {
  await using setup = await setUp({ https: true });
  await using folder = await temporaryFolder();
  const caFile = folder.file('ca.cer');
  await writeFile(caFile, new X509Certificate(await readFile(setup.simulated.caFile ?? '')).raw);
  const appliance = createAppliance(siteOf(setup.simulated, { caFile }), { env: {} });
  const report = await appliance.openReport(query, forEver);
  assert.match(await textOf(report.bytes), /matching your chosen criteria/);
});

for (const [name, content] of [
  ['is not there', null],
  ['holds no certificate', 'not a certificate'],
  ['holds a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
] as const) {
  test(`a ca_file that ${name} is an error of the configuration`, async () => {
    await using setup = await setUp({ https: true });
    await using folder = await temporaryFolder();
    const caFile = folder.file('ca.pem');
    if (content !== null) await writeFile(caFile, content);
    const appliance = createAppliance(siteOf(setup.simulated, { caFile }), { env: {} });
    await assert.rejects(appliance.openReport(query, forEver), { code: 'configuration', message: /ca\.pem/ });
  });
}

test('an authority that nobody knows is told with its remedy, and not asked again', async () => {
  await using setup = await setUp({ https: true }, { caFile: null });
  await assert.rejects(setup.appliance.openReport(query, forEver), (error: IcError) => {
    assert.equal(error.code, 'unreachable');
    assert.match(error.message, /authority that is not known/);
    assert.match(error.hint ?? '', /ca_file/);
    return true;
  });
  assert.equal(setup.appliance.retries(), 0);
  assert.equal(setup.simulated.requests.count(), 0);
});

test("an authority of the system's store is trusted", { skip: process.platform !== 'linux' }, async () => {
  await using setup = await setUp({ https: true });
  const site = JSON.stringify({ ...siteOf(setup.simulated), caFile: null, recordingQuery: undefined });
  const program = `
    import { createAppliance } from ${JSON.stringify(new URL('../../src/appliance/client.ts', import.meta.url).href)};
    const appliance = createAppliance(${site}, { env: {} });
    await appliance.openReport({ report: 'SupportSession', lsids: ['abc'] }, new AbortController().signal);
    console.log('trusted');`;
  const env = { ...process.env, SSL_CERT_FILE: setup.simulated.caFile ?? '', NODE_EXTRA_CA_CERTS: '' };
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env });
  assert.equal(stdout, 'trusted\n');
});

test('a certificate for another name is refused', async () => {
  await using setup = await setUp({ https: true, address: '127.0.0.2' });
  await assert.rejects(setup.appliance.openReport(query, forEver), {
    code: 'unreachable',
    message: /certificate is for another name/,
  });
  assert.equal(setup.appliance.retries(), 0);
});

test('HTTPS spoken to a server without it is unreachable', async () => {
  await using setup = await setUp({}, { insecureHttp: false, retries: 0 });
  await assert.rejects(setup.appliance.openReport(query, forEver), {
    code: 'unreachable',
    message: /does not speak TLS/,
    hint: /port of HTTPS/,
  });
});

test('plain HTTP is refused for anything but this machine', () => {
  const site = { host: 'support.example.com', hostName: 'support.example.com', insecureHttp: true };
  assert.throws(() => createAppliance({ ...siteOf({ caFile: null } as never), ...site }), {
    code: 'configuration',
    message: /loopback/,
  });
});

test('a proxy of the configuration is tunnelled through, with its credentials', async () => {
  await using proxy = await startProxy();
  await using setup = await setUp({ https: true });
  const url = proxy.url.replace('//', '//me:pass%40word@');
  const site = siteOf(setup.simulated, { proxy: url });
  const appliance = createAppliance(site, { env: {}, clock: quickClock() });

  const report = await appliance.openReport(query, forEver);

  assert.match(await textOf(report.bytes), /matching your chosen criteria/);
  const authorization = `Basic ${Buffer.from('me:pass@word').toString('base64')}`;
  assert.deepEqual(proxy.tunnels, [
    { to: setup.simulated.host, authorization },
    { to: setup.simulated.host, authorization },
  ]);
});

for (const [status, hint] of [
  [407, /user and password of the proxy/],
  [403, /lets this machine connect/],
] as const) {
  test(`a proxy that answers ${status} is told as such, without its password`, async () => {
    await using proxy = await startProxy(status);
    await using setup = await setUp({ https: true });
    const site = siteOf(setup.simulated, { proxy: proxy.url.replace('//', '//me:hush@'), retries: 1 });
    const appliance = createAppliance(site, { env: {}, clock: quickClock() });
    await assert.rejects(appliance.openReport(query, forEver), (error: IcError) => {
      assert.equal(error.code, 'unreachable');
      assert.match(error.message, new RegExp(`proxy refused with status ${status}`));
      assert.match(error.hint ?? '', hint);
      assert.doesNotMatch(error.message + error.hint, /hush/);
      return true;
    });
  });
}

test('a proxy of the environment is not asked for what is on this machine', async () => {
  await using proxy = await startProxy();
  await using setup = await setUp({ https: true });
  const appliance = createAppliance(siteOf(setup.simulated), { env: { HTTPS_PROXY: proxy.url } });
  await appliance.openReport(query, forEver);
  assert.deepEqual(proxy.tunnels, []);
});
