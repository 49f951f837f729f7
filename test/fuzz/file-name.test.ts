import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileNameFormat, fileNameValues } from '../../src/config/types/file-name.ts';
import type { Delivery } from '../../src/destinations/destination.ts';
import { fileNameFor } from '../../src/destinations/file-system/file-name.ts';
import { kinds } from '../../src/platform/kinds.ts';
import { numberedName } from '../../src/platform/safe-name.ts';
import { fuzz } from './fuzz.ts';
import { composed } from './mutations.ts';

const parts = [
  ...[
    '.',
    '..',
    '/',
    '\\',
    '//',
    '\\\\?\\',
    'C:',
    ':',
    '::$DATA',
    'CON',
    'nul',
    'COM1',
    'lpt¹',
    'AUX.',
    'con .',
    'CONIN$',
    'clock$',
  ],
  ...[
    '.ic-staging',
    'ic-manifest',
    'IC-MANIFEST',
    '.IC-',
    '.ic-tmp-',
    '~',
    '-',
    ' ',
    '%2e%2e%2f',
    '%LSID%',
    '%',
    '\u2024',
    '\uff0f',
  ],
  ...[
    '\ud800',
    '\udc00',
    '\u202e',
    '\u200f',
    '\u0301',
    'é',
    'e\u0301',
    '👩‍💻',
    'a'.repeat(300),
    'é'.repeat(200),
    '.'.repeat(400),
    ' '.repeat(300),
  ],
];
/** As strings: half characters, too. */
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...parts), { maxLength: 6 }).map((list) => list.join('')),
  composed(parts, 6).map((bytes) => bytes.toString('latin1')),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const value = fc.option(hostile);
const time = fc.option(
  fc.oneof(fc.integer({ min: 0, max: 4_102_444_800 }), fc.constantFrom(1, 253_402_300_799)),
);

const deliveries = fc
  .record({
    kind: fc.constantFrom(...kinds),
    extension: fc.constantFrom('mp4', 'txt', 'bin'),
    site: fc.constantFrom('hq', 'a.b'),
    host: hostile,
    lsid: value,
    lseq: value,
    sessionType: value,
    externalKey: value,
    instance: fc.option(fc.nat()),
    startTime: time,
    endTime: time,
  })
  .map(({ kind, extension, ...names }) => {
    const file = { path: '/x', bytes: 1, sha256: '', extension, downloadedAt: 1_795_341_600 };
    return { kind, names, ...file } as unknown as Delivery;
  });

const placeholders = Object.keys(fileNameValues).map((name) => `%${name}%`);
const formats = fc
  .array(
    fc.constantFrom(...placeholders, ...placeholders, '/', '-', '.', '..', 'a', ' ', '.ic-', 'CON', '_'),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => list.join(''))
  .filter((format) => {
    try {
      return fileNameFormat.parse(format, { directory: '/' }) === format;
    } catch {
      return false;
    }
  });

/** From Microsoft's "Naming Files, Paths, and Namespaces", and what Windows opens besides. */
const devices = new Set(
  ['con', 'prn', 'aux', 'nul', 'conin$', 'conout$', 'clock$'].concat(
    [...'0123456789¹²³'].flatMap((digit) => [`com${digit}`, `lpt${digit}`]),
  ),
);

function checkComponent(component: string): void {
  assert.ok(component.length > 0 && Buffer.byteLength(component) <= 250, component);
  assert.ok(component.isWellFormed());
  assert.ok(![...'<>:"/\\|?*'].some((sign) => component.includes(sign)), component);
  for (const sign of component) {
    const code = sign.codePointAt(0) ?? 0;
    assert.ok(code >= 32 && !(code >= 127 && code < 160), component);
  }
  assert.doesNotMatch(component, /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
  assert.ok(!component.endsWith('.') && !component.endsWith(' '), component);
  assert.ok(!devices.has((component.split('.')[0] ?? '').trimEnd().toLowerCase()), component);
  assert.ok(!/^\.ic-/i.test(component) && component.toLowerCase() !== 'ic-manifest', component);
}

test('whatever the values, the file lies in its directory, under a name that every system takes', async (t) => {
  await fuzz(
    t,
    fc.tuple(formats, deliveries, fc.nat({ max: 100_000 })),
    8000,
    ([format, delivery, number]) => {
      const name = fileNameFor(format, delivery);
      assert.ok(!name.startsWith('/'));
      for (const component of name.split('/')) checkComponent(component);
      const last = name.split('/').at(-1) ?? '';
      checkComponent(numberedName(last, number));
      for (const [path, root] of [
        [posix, '/srv/archive'],
        [win32, 'D:\\archive'],
      ] as const) {
        const target = path.resolve(root, ...name.split('/'));
        assert.ok(target.startsWith(root + path.sep), target);
        assert.equal(path.relative(root, target).split(path.sep).join('/'), name);
      }
      assert.equal(fileNameFor(format, delivery), name);
    },
  );
});
