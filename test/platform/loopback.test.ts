import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback } from '../../src/platform/loopback.ts';
import { proxyFor } from '../../src/platform/proxy.ts';

const ofThisMachine = [
  'localhost',
  'LOCALHOST.',
  '127.0.0.1',
  '127.0.0.1.',
  '127.1.2.3',
  '::1',
  '[::1]',
  '0:0:0:0:0:0:0:1',
  '0000:0:0:0:0:0:0:0001',
  '::ffff:127.0.0.1',
];
const ofOthers = [
  'ic.localhost',
  'evil.localhost.',
  'localhost.example.com',
  'notlocalhost',
  'localhost..',
  '128.0.0.1',
  '127.0.0.1.example.com',
  '127.0.0.300',
  '::2',
  '::',
  '::ffff:128.0.0.1',
  '',
];

test('only names and addresses of this machine are loopback, however they are written', () => {
  for (const name of ofThisMachine) assert.ok(isLoopback(name), name);
  for (const name of ofOthers) assert.ok(!isLoopback(name), name);
});

test('what is loopback needs no proxy of the environment', () => {
  const env = { HTTP_PROXY: 'http://proxy.example.com:3128' };
  for (const name of ofThisMachine) {
    const host = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
    assert.equal(proxyFor(new URL(`http://${host}:8443/`), null, env), null, name);
  }
});
