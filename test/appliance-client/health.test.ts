import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { checkSite } from '../../src/appliance/health.ts';
import type { Site } from '../../src/config/configuration.ts';
import type { CheckResult } from '../../src/platform/check-result.ts';
import type { Kind } from '../../src/platform/kinds.ts';
import { startProxy } from './proxy-server.ts';
import { forEver, quickClock, setUp } from './support.ts';

async function check(site: Site, ...kinds: readonly Kind[]): Promise<readonly CheckResult[]> {
  const wanted = new Set<Kind>(kinds.length > 0 ? kinds : ['sessions']);
  return Array.fromAsync(checkSite(site, wanted, { env: {}, clock: quickClock() }, forEver));
}

function problems(results: readonly CheckResult[]): readonly CheckResult[] {
  return results.filter((result) => !result.ok || result.warning);
}

test('a sound site passes, over HTTPS, with every kind', async () => {
  await using setup = await setUp({ https: true });
  const results = await check(setup.site, 'sessions', 'presentations', 'backups');
  assert.deepEqual(problems(results), []);
  const said = results.map(({ message }) => message).join('\n');
  for (const expected of [
    /127\.0\.0\.1 is 127\.0\.0\.1/,
    /accepts connections/,
    /certificate from .* is valid until 2\d{3}-/,
    /API account is accepted/,
    /API version 1\.22\.2/,
    /may read support session reports/,
    /may read presentation session/,
    /may read backups/,
    /appliance version 23\.2\.1$/m,
    /differs from this machine's by -?0\.\d s/,
  ]) {
    assert.match(said, expected);
  }
  assert.ok(results.every(({ subject, name }) => subject === 'site' && name === 'hq'));
});

test('an authority that is not known fails with ca_file as the remedy', async () => {
  await using setup = await setUp({ https: true }, { caFile: null });
  const [failure] = problems(await check(setup.site));
  assert.equal(failure?.ok, false);
  assert.match(failure?.message ?? '', /authority that is not known/);
  assert.match(failure?.hint ?? '', /ca_file/);
  assert.equal(failure?.error?.code, 'unreachable');
});

test('a certificate for another name fails', async () => {
  await using setup = await setUp({ https: true, address: '127.0.0.2' });
  const [failure] = problems(await check(setup.site));
  assert.match(failure?.message ?? '', /certificate is for another name/);
});

test('a server that takes the connection and never begins TLS fails after timeout', async (t) => {
  await using setup = await setUp({ https: true }, { timeout: 1 });
  const silent = createServer(() => {});
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const [failure] = problems(await check({ ...setup.site, host: `127.0.0.1:${port}` }));
  assert.match(failure?.message ?? '', /no answer for 1 s/);
});

test('an unknown name fails before anything is connected', async () => {
  await using setup = await setUp();
  const site = { ...setup.site, host: 'no-such-host.invalid', insecureHttp: false };
  const results = await check(site);
  assert.equal(results.length, 1);
  assert.match(results[0]?.message ?? '', /name is not known|name servers do not answer/);
});

test('a wrong secret fails, and nothing more is asked', async () => {
  await using setup = await setUp();
  setup.simulated.changeSecret('another');
  const results = await check(setup.site);
  assert.equal(results.at(-1)?.ok, false);
  assert.match(results.at(-1)?.message ?? '', /refused the API account/);
  assert.equal(setup.simulated.requests.count(), 1);
});

test('a permission that is missing fails for the kinds that need it alone', async () => {
  await using setup = await setUp({ permissions: { presentation: false } });
  const failures = (await check(setup.site, 'sessions', 'presentation-recordings')).filter(({ ok }) => !ok);
  assert.equal(failures.length, 1);
  assert.match(failures[0]?.message ?? '', /may not read presentation session reports/);
  assert.deepEqual(
    problems(await check(setup.site, 'sessions')).filter(({ ok }) => !ok),
    [],
  );
});

test('without the command API the reports themselves are tried', async () => {
  await using setup = await setUp({ permissions: { command: 'deny', presentation: false } });
  const results = await check(setup.site, 'sessions', 'presentations', 'backups');
  const [failure, ...others] = results.filter(({ ok }) => !ok);
  assert.equal(failure?.error?.code, 'refused');
  assert.match(failure?.message ?? '', /PresentationSession report/);
  assert.deepEqual(others, []);
  assert.match(results.map(({ message }) => message).join('\n'), /may read support session reports/);
  const probe = setup.simulated.requests.last({ report: 'SupportSessionListing' });
  assert.equal(probe?.parameters.duration, '1');
});

test('the backup node of a pair, ill health and a wrong clock are warned of', async () => {
  await using setup = await setUp({
    health: { failoverRole: 'backup', healthy: false, errorMessage: 'Disk full' },
    clock: { now: Date.now() - 600_000 },
  });
  const warnings = (await check(setup.site)).filter(({ warning }) => warning).map(({ message }) => message);
  assert.match(warnings.join('\n'), /not healthy: Disk full/);
  assert.match(warnings.join('\n'), /backup node/);
  assert.match(warnings.join('\n'), /\b(599|60\d) s behind this machine's/);
});

test('answers that are dated by somebody else are warned of', async () => {
  await using setup = await setUp();
  setup.simulated.faults.add({ type: 'date', value: 'Sun, 22 Nov 2020 12:00:00 GMT' }, { times: 99 });
  const warnings = problems(await check(setup.site)).map(({ message }) => message);
  assert.match(warnings.join('\n'), /its own clock says/);
});

test('a user account is checked by what it asks for', async () => {
  const credentials = { type: 'user-account', username: 'ic', password: 'secret' } as const;
  await using setup = await setUp({ users: [credentials] }, { credentials });
  assert.deepEqual(
    (await check(setup.site)).filter(({ ok }) => !ok),
    [],
  );
  setup.simulated.users[0] = { ...credentials, password: 'changed' };
  for (const kinds of [['sessions'], ['backups'], []] as const) {
    const found = checkSite(setup.site, new Set(kinds), { env: {}, clock: quickClock() }, forEver);
    const [failure] = (await Array.fromAsync(found)).filter(({ ok }) => !ok);
    assert.match(failure?.message ?? '', /refused.*Login failed/, kinds.join());
  }
});

test('through a proxy, the proxy is what is reached', async () => {
  await using proxy = await startProxy();
  await using setup = await setUp({ https: true }, { proxy: proxy.url });
  const results = await check(setup.site);
  assert.deepEqual(problems(results), []);
  assert.match(results[1]?.message ?? '', /the proxy 127\.0\.0\.1:\d+ accepts connections/);
});
