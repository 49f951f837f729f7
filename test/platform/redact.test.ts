import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IcError } from '../../src/platform/errors.ts';
import { redact, withoutSecrets } from '../../src/platform/redact.ts';
import { Random } from '../appliance/random.ts';

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

type Escape = (character: string) => string;

/** How servers escape one character of what they echo. */
const escapes: readonly [Escape, ...Escape[]] = [
  (one) => one,
  (one) => `\\${one}`,
  (one) => JSON.stringify(one).slice(1, -1),
  (one) => new URLSearchParams([['', one]]).toString().slice(1),
  ...[false, true].flatMap((isUpper) => {
    const hexadecimal = (number: number, digits = 1) => {
      const text = number.toString(16).padStart(digits, '0');
      return isUpper ? text.toUpperCase() : text;
    };
    return [
      (one: string) => Array.from(Buffer.from(one), (byte) => `%${hexadecimal(byte, 2)}`).join(''),
      (one: string) => one.replaceAll(/./gs, (unit) => `\\u${hexadecimal(unit.charCodeAt(0), 4)}`),
      (one: string) => `&#${isUpper ? 'X' : 'x'}${hexadecimal(one.codePointAt(0) ?? 0)};`,
    ];
  }),
  (one) => `&#${one.codePointAt(0)};`,
  (one) => `&#${String(one.codePointAt(0)).padStart(4, '0')};`,
  (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[one] ?? one,
];

test('whatever the secret, and however its characters are escaped, nothing of it is left', () => {
  const random = new Random(1);
  const alphabet = ['a', ...'b9Z+/=&<>"\'\\%#;$ .^-_~\t\nä€𝄞'] as const;
  for (let round = 0; round < 1000; round += 1) {
    const secret = Array.from({ length: random.between(4, 24) }, () => random.pick(alphabet)).join('');
    const always = random.pick(escapes);
    for (const chosen of [() => always, () => random.pick(escapes)]) {
      const echoed = Array.from(secret, (one) => (/[a-z0-9]/i.test(one) ? one : chosen()(one))).join('');
      assert.equal(redact(`bad «${echoed}», sorry`, ['other', secret]), 'bad «***», sorry', echoed);
    }
  }
});

test('base64 goes also with its signs escaped', () => {
  const secret = 'so>>?>??ü?>secrets';
  const base64 = Buffer.from(`id:${secret}`).toString('base64');
  assert.match(base64, /[+/].*=$/);
  const forms = [base64.replaceAll('/', '\\/'), encodeURIComponent(base64), base64.replaceAll('+', '&#43;')];
  for (const text of forms) assert.equal(redact(`got ${text}, sorry`, [secret]), 'got ***, sorry');
});
