import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from '../../src/platform/proxy.ts';

const target = new URL('https://support.example.com:8443/api');
const proxy = 'http://proxy:3128';

function host(
  url: URL | string,
  env: Record<string, string>,
  configured: string | null = null,
): string | null {
  return proxyFor(new URL(url), configured, env)?.host ?? null;
}

test('without one named anywhere there is no proxy', () => {
  assert.equal(host(target, {}), null);
});

test('the environment names one by the scheme of the target, in either spelling', () => {
  assert.equal(host(target, { HTTPS_PROXY: proxy }), 'proxy:3128');
  assert.equal(host(target, { https_proxy: 'other:1', HTTPS_PROXY: proxy }), 'other:1');
  assert.equal(host(target, { HTTP_PROXY: proxy }), null);
  assert.equal(host(target, { ALL_PROXY: proxy }), 'proxy:3128');
  assert.equal(host(target, { HTTPS_PROXY: '' }), null);
});

test('the configured one goes before the environment and its exceptions', () => {
  const env = { HTTPS_PROXY: proxy, NO_PROXY: '*' };
  assert.equal(host(target, env, 'mine:8080'), 'mine:8080');
  assert.equal(host('http://127.0.0.1:1/', env, 'mine:8080'), 'mine:8080');
});

test('credentials are kept for the proxy', () => {
  const url = proxyFor(target, 'http://me:p%40ss@proxy:1', {});
  assert.equal(url?.username, 'me');
  assert.equal(url?.password, 'p%40ss');
});

for (const local of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']) {
  test(`${local} is reached without the proxy of the environment`, () => {
    assert.equal(host(`https://${local}/`, { HTTPS_PROXY: proxy }), null);
  });
}

for (const [noProxy, url, excluded] of [
  ['*', target, true],
  ['example.com', target, true],
  ['.example.com', target, true],
  ['*.example.com', target, true],
  ['a.org, SUPPORT.example.com', target, true],
  ['support.example.com:8443', target, true],
  ['support.example.com:443', target, false],
  ['ample.com', target, false],
  ['support.example.com.evil', target, false],
  ['10.0.0.0/8', 'https://10.1.2.3/', true],
  ['10.0.0.0/8', 'https://11.1.2.3/', false],
  ['10.0.0.0/99', 'https://10.1.2.3/', false],
  ['192.0.2.7', 'https://192.0.2.7/', true],
  ['0.2.7', 'https://192.0.2.7/', false],
  ['2001:db8::/32', 'https://[2001:db8::5]/', true],
  ['[2001:db8::5]:443', 'https://[2001:db8::5]/', true],
] as const) {
  test(`NO_PROXY ${noProxy} ${excluded ? 'excludes' : 'does not exclude'} ${new URL(url).host}`, () => {
    assert.equal(host(url, { HTTPS_PROXY: proxy, NO_PROXY: noProxy }), excluded ? null : 'proxy:3128');
  });
}

test('what is no proxy is an error of the configuration that does not repeat it', () => {
  assert.throws(
    () => proxyFor(target, 'ftp://me:hush@proxy', {}),
    (error: Error) => {
      assert.match(error.message, /^proxy does not name a proxy/);
      assert.doesNotMatch(error.message, /hush/);
      return true;
    },
  );
});
