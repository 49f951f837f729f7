import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decryptSecret, encryptSecret, newKey, parseKey } from '../../src/config/secrets.ts';
import { IcError } from '../../src/platform/errors.ts';
import { fuzz } from './fuzz.ts';
import { composed, mutated } from './mutations.ts';

const key = newKey();
const ring = { source: 'IC_KEY', keys: [newKey(), key] };
const place = { section: 'site.hq', key: 'password' };
const secret = 'S3cret of the company';
const bound = encryptSecret(secret, { source: 'IC_KEY', keys: [key] }, place);
const loose = encryptSecret(secret, { source: 'IC_KEY', keys: [key] }, null);
const words = [
  'enc:',
  'v1',
  'v2',
  'v3',
  key.id,
  `enc:v1:${key.id}:`,
  `enc:v2:${key.id}:`,
  'AAAA',
  '=',
  '==',
  '+/',
  'a'.repeat(100),
];

/** Header and bytes: base64 of the same bytes may end in other bits. */
function meaning(value: string): string {
  const colon = value.lastIndexOf(':');
  return `${value.slice(0, colon)}:${Buffer.from(value.slice(colon + 1), 'base64').toString('hex')}`;
}

test('any encrypted value opens as it was made, or is refused without a word of it', async (t) => {
  const values = fc.oneof(mutated([bound, loose], words), composed(words));
  const places = fc.constantFrom(place, { section: 'site.hq', key: 'host' }, { section: '', key: '' });
  await fuzz(t, fc.tuple(values, places), 4000, ([bytes, at]) => {
    const value = bytes.toString();
    let text: string;
    try {
      text = decryptSecret(value, ring, at);
    } catch (error) {
      assert.ok(error instanceof IcError && error.code === 'configuration', String(error));
      const told = `${error.message} ${error.hint}`;
      assert.ok(!told.includes('S3cret') && (value.length < 40 || !told.includes(value.slice(-20))), told);
      return;
    }
    assert.equal(text, secret);
    const original = value.startsWith('enc:v2:') ? bound : loose;
    assert.equal(meaning(value), meaning(original));
    assert.ok(original === loose || at === place);
  });
});

test('any text is a key of 32 bytes or none', async (t) => {
  const base64 = Buffer.from(key.bytes).toString('base64');
  const texts = mutated(
    [base64, Buffer.from(key.bytes).toString('hex'), base64.slice(0, -1)],
    ['=', '-', '_', 'ff'],
    3,
  );
  await fuzz(t, texts, 2000, (bytes) => {
    const parsed = parseKey(bytes.toString());
    if (parsed === null) return;
    assert.equal(parsed.bytes.length, 32);
    assert.match(parsed.id, /^[0-9a-f]{8}$/);
    assert.equal(parseKey(Buffer.from(parsed.bytes).toString('base64'))?.id, parsed.id);
  });
});
