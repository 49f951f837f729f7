import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readIniLines, readValue, writeValue } from '../../src/config/ini-lines.ts';
import { ConfigurationError, Problems } from '../../src/config/problem.ts';

/** The sections as plain objects. */
function parse(text: string): Record<string, Record<string, string>> {
  const problems = new Problems();
  const sections = readIniLines(text, problems);
  problems.throwIfAny('ic.ini');
  return Object.fromEntries(
    Array.from(sections, ([name, { entries }]) => [
      name,
      Object.fromEntries(Array.from(entries, ([key, { value }]) => [key, value])),
    ]),
  );
}

const values: readonly (readonly [name: string, line: string, value: string])[] = [
  ['a plain value', 'k = value', 'value'],
  ['no blanks around the equals sign', 'k=value', 'value'],
  ['blanks before the key', '\t k = value  ', 'value'],
  ['an empty value', 'k =', ''],
  ['a comment after a blank', 'k = value ; comment', 'value'],
  ['a comment after a tab', 'k = value\t# comment', 'value'],
  ['a comment in place of a value', 'k =      ; optional', ''],
  [
    '; and # within a word',
    'k = Server=sql01;Database=BGInfo;Password=a#b',
    'Server=sql01;Database=BGInfo;Password=a#b',
  ],
  ['; right after the equals sign', 'k =;value', ';value'],
  ['backslashes', 'k = \\\\fs01\\share\\new', '\\\\fs01\\share\\new'],
  ['a backslash at the end', 'k = C:\\ic\\', 'C:\\ic\\'],
  ['a backslash before a comment sign', 'k = a\\; b', 'a\\; b'],
  ['double quotes', 'k = "  a ; b # c "', '  a ; b # c '],
  ['single quotes', "k = ' a ; b'", ' a ; b'],
  ['quotes and a comment', 'k = "a ; b" ; comment with "quotes"', 'a ; b'],
  ['quotes with nothing in them', 'k = ""', ''],
  ['quotes around parts', 'k = "a" and "b"', 'a" and "b'],
  ['quotes in the middle', 'k = python3 "my program.py" x', 'python3 "my program.py" x'],
  ['a quote that does not end', 'k = "a ; b', '"a'],
  ['another kind of quote at the end', 'k = "a\'', '"a\''],
  ['an escape of JSON', 'k = "a\\n\\u0041"', 'a\\n\\u0041'],
  ['words that other readers take for values', 'k = null', 'null'],
  ['brackets', 'k = [::1]:8443', '[::1]:8443'],
  ['an equals sign', 'k = a=b&c=d', 'a=b&c=d'],
  ['a reference', 'k = ${env:A}', '${env:A}'],
];

for (const [name, line, value] of values) {
  test(`a value is taken as people write it: ${name}`, () => {
    assert.deepEqual(parse(`[s]\n${line}\n`), { s: { k: value } });
  });
}

test('a section name may have blanks within its brackets and a comment after them', () => {
  assert.deepEqual(parse(' [ site.hq ] ; the main one\nhost = a'), { 'site.hq': { host: 'a' } });
});

test('names that JavaScript gives a meaning to are names like others', () => {
  assert.deepEqual(parse('[a]\nconstructor = 1\nhasOwnProperty = 2\n[toString]\nx = 3'), {
    a: { constructor: '1', hasOwnProperty: '2' },
    toString: { x: '3' },
  });
});

for (const [name, end] of [
  ['Unix', '\n'],
  ['Windows', '\r\n'],
  ['old Mac', '\r'],
] as const) {
  test(`line ends of ${name} are read`, () => {
    assert.deepEqual(parse(['; first', '[a]', 'k = 1 ', '', '# x', '[b]', 'k = 2'].join(end)), {
      a: { k: '1' },
      b: { k: '2' },
    });
  });
}

const faults: readonly (readonly [name: string, text: string, line: number, message: RegExp])[] = [
  ['a repeated key', '[a]\nk = 1\nk = 2', 3, /twice.*line 2/],
  ['a repeated section', '[a]\nk = 1\n[b]\n[a]\nj = 2', 4, /twice.*line 1/],
  ['a key before any section', 'k = 1\n[a]', 1, /before any section/],
  ['a line without an equals sign', '[a]\nclient_secret: geheim', 2, /neither/],
  ['a line without a key', '[a]\n= 1', 2, /neither/],
  ['a section that does not end', '[a\nk = 1', 1, /not a section/],
  ['text after a section', '[a] b', 1, /not a section/],
  ['a section without a name', '[]', 1, /not a section/],
];

for (const [name, text, line, message] of faults) {
  test(`${name} is a problem with its line`, () => {
    assert.throws(
      () => parse(text),
      (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.equal(error.problems.length, 1);
        assert.equal(error.problems[0]?.line, line);
        assert.match(error.problems[0]?.message ?? '', message);
        assert.doesNotMatch(error.message, /geheim/);
        return true;
      },
    );
  });
}

const oneLine = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...' \t;#"\'\\=[]${}'), fc.string({ minLength: 1, maxLength: 1 })),
  })
  .filter((text) => !/[\r\n]/.test(text));

test('what writeValue gives is read as the same value', () => {
  fc.assert(
    fc.property(oneLine, (value) => {
      const written = writeValue(value);
      if (written !== null) assert.equal(parse(`[s]\nk = ${written}`).s?.k, value);
    }),
  );
});

test('writeValue finds a way for every value without quotes and line ends', () => {
  fc.assert(
    fc.property(
      oneLine.filter((text) => !/["']/.test(text)),
      (value) => assert.notEqual(writeValue(value), null),
    ),
  );
  assert.equal(writeValue('two\nlines'), null);
});

test('a comment after a value never changes it', () => {
  fc.assert(
    fc.property(
      oneLine.filter((text) => text.trim() !== ''),
      (value) => {
        const written = writeValue(value);
        if (written !== null && written.trim() !== '') assert.equal(readValue(` ${written} ; x`), value);
      },
    ),
  );
});
