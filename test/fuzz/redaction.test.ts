import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shorten, summarise } from '../../src/appliance/answers.ts';
import { redact } from '../../src/platform/redact.ts';
import { fuzz } from './fuzz.ts';
import { composed } from './mutations.ts';

/** Secrets are of capitals, digits and signs; what stands around them has none of these. */
const capitals = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const signs = fc.constantFrom(...'0123456789+/=&<>"\'\\%#;$ .-_~:@?!{}[]|^`ÄÖ€𝄞');
const secrets = fc
  .tuple(
    fc.array(capitals, { minLength: 4, maxLength: 4 }),
    fc.array(fc.oneof(capitals, signs), { maxLength: 30, size: 'max' }),
    capitals,
  )
  .map(([first, rest, last]) => [...first, ...rest, last].join(''));

type Form = (secret: string) => string;

const each =
  (inForm: (one: string) => string): Form =>
  (secret) =>
    Array.from(secret, (one) => (/[A-Za-z0-9]/.test(one) ? one : inForm(one))).join('');

/** As which servers, gateways and libraries echo a secret. */
const forms: Readonly<Record<string, Form>> = {
  plain: (secret) => secret,
  address: encodeURIComponent,
  form: (secret) => new URLSearchParams([['x', secret]]).toString().slice(2),
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  'json of ASCII': each((one) =>
    one.replaceAll(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ),
  php: (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  xml: each((one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[one] ?? one),
  entities: each((one) => `&#${one.codePointAt(0)};`),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  'credentials in base64': (secret) => Buffer.from(`id:${secret}`).toString('base64'),
  'middle of base64url': (secret) => Buffer.from(`{"a":"${secret}","b":1}`).toString('base64url'),
  'base64 in an address': (secret) => encodeURIComponent(Buffer.from(`u:${secret}`).toString('base64')),
};

const around = [
  ...[
    'said ',
    ' and ',
    '"',
    "'",
    '<b>',
    '</b>',
    ' = ',
    ': ',
    '\n',
    '(',
    ')',
    ',',
    '«',
    '»',
    '\t',
    'http',
    'x',
    'é',
    '…',
    '***',
    '...',
  ],
];
const filler = composed(around, 4).map((bytes) => bytes.toString('latin1').replaceAll(/[A-Z0-9]/g, ''));

/** What is left of a secret: the longest run of its characters that a text holds. */
function remains(secret: string, text: string, length: number): string | null {
  for (let at = 0; at + length <= secret.length; at += 1) {
    const part = secret.slice(at, at + length);
    if (/[A-Z].*[A-Z]/s.test(part) && text.includes(part)) return part;
  }
  return null;
}

const echoes = fc.array(fc.tuple(filler, fc.constantFrom(...Object.keys(forms)), fc.nat({ max: 2 })), {
  minLength: 1,
  maxLength: 4,
});

test('of a secret that a text echoes, nothing is left, whatever stands around it', async (t) => {
  const inputs = fc.tuple(fc.array(secrets, { minLength: 1, maxLength: 3 }), echoes, filler);
  await fuzz(t, inputs, 4000, ([known, said, end]) => {
    const text =
      said
        .map(([before, form, which]) => `${before} ${forms[form]?.(known[which % known.length] as string)} `)
        .join('') + end;
    for (const clean of [
      redact(text, known),
      shorten(text, known),
      summarise(text, known),
      summarise(`{"error":${JSON.stringify(text)}}`, known),
    ]) {
      for (const secret of known)
        assert.equal(remains(secret, clean, 4), null, `${JSON.stringify(text)} → ${JSON.stringify(clean)}`);
      for (const secret of known)
        for (const form of ['base64', 'credentials in base64'])
          assert.equal(
            remains((forms[form]?.(secret) ?? '').slice(4, -4), clean, 8),
            null,
            `${JSON.stringify(text)} → ${JSON.stringify(clean)}`,
          );
    }
  });
});

test('redacting a text again changes nothing, and a text without secrets keeps its words', async (t) => {
  const words = [
    'Bearer abcdef',
    'Basic ',
    'https://a:b@c.example.com/d?e#f',
    '://',
    '@',
    '?',
    'ftp://x@y',
    'word',
    '=',
    ' ',
    'a'.repeat(400),
  ];
  await fuzz(t, fc.tuple(composed(words), fc.array(secrets, { maxLength: 2 })), 3000, ([bytes, known]) => {
    const once = redact(bytes.toString(), known);
    assert.equal(redact(once, known), once);
  });
});
