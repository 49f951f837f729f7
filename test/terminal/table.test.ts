import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { renderTable } from '../../src/terminal/table.ts';

const anyWidth = { width: Number.POSITIVE_INFINITY };

test('columns stand below their headings, numbers at the right, no line ends with blanks', () => {
  const rows = [
    ['hq', '12', '+3 s', '48.2 kB', 'ok'],
    ['branch-office', '1,204', '', '0 B', ''],
  ];
  assert.equal(
    renderTable(['transfer', 'items', 'clock', 'bytes', 'status'], rows, anyWidth),
    [
      'transfer       items  clock    bytes  status',
      'hq                12   +3 s  48.2 kB  ok',
      'branch-office  1,204             0 B',
      '',
    ].join('\n'),
  );
});

test('wide characters are counted as the columns that they take', () => {
  assert.equal(
    renderTable(
      ['name', 'x'],
      [
        ['日本', 'a'],
        ['👍', 'b'],
      ],
      anyWidth,
    ),
    'name  x\n日本  a\n👍    b\n',
  );
});

test('on a narrow terminal the widest columns give way', () => {
  const table = renderTable(['name', 'message'], [['hq', 'x'.repeat(100)]], { width: 20 });
  assert.equal(table, `name  message\nhq    ${'x'.repeat(13)}…\n`);
});

test('columns keep eight characters however narrow the terminal is', () => {
  assert.equal(
    renderTable(['a', 'b'], [['123456789012', 'abcdefghijkl']], { width: 5 }).split('\n')[1],
    '1234567…  abcdefg…',
  );
});

test('data cannot break a row or move the cursor', () => {
  assert.equal(renderTable(['name'], [['a\nb\u001b[2J']], anyWidth), 'name\na\\nb\\u001b[2J\n');
});

test('headings stand out where there are colours', () => {
  const colors = new Chalk({ level: 1 });
  assert.equal(renderTable(['a'], [['x']], { ...anyWidth, colors }), '\u001b[1ma\u001b[22m\nx\n');
});

test('rows that are too short are filled up, and no rows are no failure', () => {
  assert.equal(renderTable(['a', 'b'], [['x']], anyWidth), 'a  b\nx\n');
  assert.equal(renderTable(['a', 'b'], [], anyWidth), 'a  b\n');
});
