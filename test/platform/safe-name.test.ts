import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { numberedName, safeName, safeValue } from '../../src/platform/safe-name.ts';

const values = new Map([
  ['INC-2024/0042', 'INC-2024_0042'],
  ['..', ''],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['a\\b', 'a_b'],
  ['<>:"|?*', '_______'],
  ['tab\there\nnew\0nul\x7f', 'tab_here_new_nul_'],
  ['ends with dots. . .', 'ends with dots'],
  ['  .hidden', 'hidden'],
  ['Zoë 👩‍💻', 'Zoë 👩‍💻'],
  ['gpj.\u202exml', 'gpj._xml'],
  ['', ''],
]);

for (const [value, expected] of values) {
  test(`the value ${JSON.stringify(value)} contributes ${JSON.stringify(expected)}`, () => {
    assert.equal(safeValue(value), expected);
  });
}

const names = new Map([
  ['', '_'],
  ['.', '_'],
  ['..', '_'],
  ['. . ', '_'],
  ['CON', '_CON'],
  ['con.xml', '_con.xml'],
  ['NUL .tar.gz', '_NUL .tar.gz'],
  ['com1', '_com1'],
  ['LPT³.txt', '_LPT³.txt'],
  ['CONIN$', '_CONIN$'],
  ['console.xml', 'console.xml'],
  ['COM10.xml', 'COM10.xml'],
  ['a.', 'a'],
  ['a ', 'a'],
  ['.dotted', '.dotted'],
]);

for (const [name, expected] of names) {
  test(`the name ${JSON.stringify(name)} becomes ${JSON.stringify(expected)}`, () => {
    assert.equal(safeName(name), expected);
  });
}

test('a long name is cut, stays apart from its like and keeps its extension', () => {
  const one = safeName(`${'é'.repeat(300)}1.xml`);
  const two = safeName(`${'é'.repeat(300)}2.xml`);
  assert.notEqual(one, two);
  for (const name of [one, two]) {
    assert.match(name, /^é+~[0-9a-f]{12}\.xml$/);
    assert.ok(Buffer.byteLength(name) <= 240);
  }
  assert.ok(Buffer.byteLength(numberedName(one, 1_000_000)) <= 255);
});

test('a long value leaves room for the others', () => {
  assert.ok(Buffer.byteLength(safeValue('😀'.repeat(200))) <= 120);
  assert.doesNotMatch(safeValue('😀'.repeat(200)), /\ufffd/);
});

test('numbers go before the last period', () => {
  assert.equal(numberedName('a.xml', 1), 'a.1.xml');
  assert.equal(numberedName('a.b.flv', 12), 'a.b.12.flv');
  assert.equal(numberedName('plain', 2), 'plain.2');
  assert.equal(numberedName('.hidden', 1), '.hidden.1');
});

test('whatever a name is made of, a file of that name can be made, in its directory', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'ic-names-'));
  context.after(() => rm(directory, { recursive: true }));
  const text = fc.string({ unit: 'binary', maxLength: 400 });
  const nasty = fc.constantFrom(
    '..',
    '.',
    '/',
    '\\',
    'CON',
    'nul.',
    ' ',
    '\0',
    '\ud800',
    '~',
    'a'.repeat(300),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(text, nasty), { maxLength: 5 }), async (parts) => {
      const name = safeName(parts.map(safeValue).join('-'));
      assert.doesNotMatch(name, /[<>:"/\\|?*\p{Cc}]|[. ]$|^\.{0,2}$/u);
      assert.equal(safeName(name), name, 'a safe name stays as it is');
      await writeFile(join(directory, name), '');
      assert.ok((await readdir(directory)).includes(name));
      await rm(join(directory, name));
    }),
    { numRuns: 200 },
  );
});
