import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IcError } from '../../src/platform/errors.ts';
import { redact, withoutSecrets } from '../../src/platform/redact.ts';

test('known secrets go, plain and as they stand in an address or a form', () => {
  const secret = 'a+b/c d=';
  const text = `${secret} ${encodeURIComponent(secret)} ${new URLSearchParams({ x: secret })}`;
  assert.equal(redact(text, [secret]), '*** *** x=***');
});

test('a secret goes from base64, wherever it begins there', () => {
  const secret = 'TOPSECRET-9f3a==';
  for (const before of ['', 'a', 'ab', 'id:', 'client:']) {
    const text = Buffer.from(`${before}${secret}`).toString('base64');
    assert.equal(redact(`got ${text}, which is wrong`, [secret]), 'got ***, which is wrong');
    const inUrl = Buffer.from(`${before}${secret}?`).toString('base64url');
    assert.equal(redact(`Basic of ${inUrl}`, [secret]), 'Basic of ***');
  }
  const other = Buffer.from('id:another one').toString('base64');
  assert.equal(redact(other, [secret, 'abcd']), other);
});

test('an error loses its secrets, and nothing else of it', () => {
  const clean = withoutSecrets(new IcError('refused', 'It said "s3cret"', { hint: 'Try s3cret' }), [
    's3cret',
  ]);
  assert.deepEqual(clean.toSummary(), {
    code: 'refused',
    exit_code: 77,
    message: 'It said "***"',
    hint: 'Try ***',
  });
  const harmless = new IcError('io', 'Cannot write');
  assert.equal(withoutSecrets(harmless, ['s3cret']), harmless);
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
