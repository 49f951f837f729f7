import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableJson, textWidth, truncate } from '../../src/terminal/text.ts';

test('printable: what moves a cursor, ends a line or reverses text is written out', () => {
  assert.equal(printable('a\nb\r\tc'), 'a\\nb\\r\\tc');
  assert.equal(printable('\u001b[2J\u0007\u009b1m'), '\\u001b[2J\\u0007\\u009b1m');
  assert.equal(printable('a\u2028b\u202egnp.exe'), 'a\\u2028b\\u202egnp.exe');
  assert.equal(printable('\ud800x'), '\ufffdx');
  assert.equal(printable('Zoë 日本 👩‍👩‍👧 \\srv\\ic'), 'Zoë 日本 👩‍👩‍👧 \\srv\\ic');
});

test('printableJson: harmless to look at, and the same value when read', () => {
  const value = { name: 'a\u001b[2J\u009b\u2028\u202e\n"' };
  const json = printableJson(value);
  assert.doesNotMatch(json, /[\p{Cc}\u2028\u202e]/u);
  assert.deepEqual(JSON.parse(json), value);
});

for (const [text, width] of [
  ['', 0],
  ['abc', 3],
  ['Zoë', 3],
  ['Zoe\u0308', 3],
  ['日本語', 6],
  ['한국', 4],
  ['ｆｕｌｌ', 8],
  ['Привет', 6],
  ['👍', 2],
  ['👩‍👩‍👧', 2],
  ['❤️', 2],
  ['🇩🇪', 2],
  ['a–b…', 4],
] as const) {
  test(`textWidth: ${JSON.stringify(text)} takes ${width} columns`, () => {
    assert.equal(textWidth(text), width);
  });
}

test('truncate: what is too long ends with an ellipsis and never splits a character', () => {
  assert.equal(truncate('abcdef', 6), 'abcdef');
  assert.equal(truncate('abcdefg', 6), 'abcde…');
  assert.equal(truncate('日本語日本語', 6), '日本…');
  assert.equal(truncate('👩‍👩‍👧👩‍👩‍👧', 3), '👩‍👩‍👧…');
  assert.equal(truncate('abc', 1), '…');
  assert.equal(truncate('abc', 0), '');
});
