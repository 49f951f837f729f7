import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '../../src/platform/redact.ts';

test('known secrets go, plain and as they stand in an address or a form', () => {
  const secret = 'a+b/c d=';
  const text = `${secret} ${encodeURIComponent(secret)} ${new URLSearchParams({ x: secret })}`;
  assert.equal(redact(text, [secret]), '*** *** x=***');
});

test('a secret that holds another one goes whole', () => {
  assert.equal(redact('hunter2000', ['hunter2', 'hunter2000']), '***');
});

test('what is too short to be a secret tears nothing to pieces', () => {
  assert.equal(redact('a message', ['a', '']), 'a message');
});

test('what is secret by its place goes without being known', () => {
  assert.equal(redact('Authorization: Bearer eyJhbGci.x-y_z='), 'Authorization: Bearer ***');
  assert.equal(redact('http://me:pass@proxy:3128/'), 'http://***@proxy:3128/');
  assert.equal(
    redact('see https://h/session_download?lsid=l%3Dabc&view=1 now'),
    'see https://h/session_download?*** now',
  );
});
