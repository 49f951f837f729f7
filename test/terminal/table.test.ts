import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { type Column, layoutTable, renderTable } from '../../src/terminal/table.ts';

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

const columns: readonly Column[] = [
  { heading: 'transfer', groups: true },
  { heading: 'kind' },
  { heading: 'seen', expendable: 2 },
  { heading: 'bytes', expendable: 1 },
  { heading: 'owed' },
];
const rows = [
  ['hq-to-archive', 'presentations', '12', '1.0 kB', '0'],
  ['hq-to-archive', 'presentation-recordings', '7', '2.0 MB', '3'],
  ['branch', 'sessions', '1', '1 B', '0'],
];

test('what leads the rows stands above them where it does not fit beside them', () => {
  assert.equal(
    renderTable(columns, rows, { width: 50 }),
    [
      'hq-to-archive',
      '  kind                     seen   bytes  owed',
      '  presentations              12  1.0 kB     0',
      '  presentation-recordings     7  2.0 MB     3',
      'branch',
      '  kind                     seen   bytes  owed',
      '  sessions                    1     1 B     0',
      '',
    ].join('\n'),
  );
});

test('columns go by importance, and what stays is whole however narrow the terminal is', () => {
  const at = (width: number) => renderTable(columns, rows, { width });
  assert.match(at(44), /^ {2}kind +bytes {2}owed$/m);
  assert.match(at(36), /^ {2}kind +owed$/m);
  for (const width of [5, 20, 36, 44, 79]) {
    for (const text of ['hq-to-archive', 'presentation-recordings']) assert.ok(at(width).includes(text));
    assert.doesNotMatch(at(width), /…/);
  }
});

test('nothing is left out or cut where there is no terminal', () => {
  const wide = renderTable(
    [
      { heading: 'name', shrinksTo: 3, expendable: 1 },
      { heading: 'what', sentence: true },
    ],
    [['x'.repeat(500), 'y'.repeat(500)]],
    anyWidth,
  );
  assert.equal(wide.split('\n')[1], `${'x'.repeat(500)}  ${'y'.repeat(500)}`);
});

test('a sentence stands below its row where it does not fit beside it', () => {
  const table = renderTable(
    ['problem', 'where', { heading: 'what', sentence: true }],
    [
      ['missing', '/srv/ic/a.xml', 'It is not there.'],
      ['unknown', '/srv/ic/b.xml', ''],
    ],
    { width: 30 },
  );
  assert.equal(
    table,
    'problem  where\nmissing  /srv/ic/a.xml\n    It is not there.\nunknown  /srv/ic/b.xml\n',
  );
});

test('free text is shortened before any column goes', () => {
  const people: readonly Column[] = ['LSID', { heading: 'customer', shrinksTo: 8, expendable: 1 }].map(
    (column) => (typeof column === 'string' ? { heading: column } : column),
  );
  const at = (width: number) => renderTable(people, [['a1b2c3', 'Maximiliane Mustermann']], { width });
  assert.match(at(20), /^a1b2c3 {2}Maximiliane…$/m);
  assert.equal(at(15), 'LSID\na1b2c3\n');
});

test('a table that is larger than memory keeps the widths of its first rows and cuts no later one', () => {
  const layout = layoutTable(['name', 'x'], [['abc', '1']], { width: 80 });
  assert.equal(layout.head + layout.lines([['abc', '1']]), 'name  x\nabc   1\n');
  assert.equal(layout.lines([['abcdefgh', '2']]), 'abcdefgh  2\n');
});

test('a cell has the colour of its meaning, and its width is that of its text', () => {
  const colors = new Chalk({ level: 1 });
  assert.equal(
    renderTable(['status', 'x'], [[{ text: 'failed', tone: 'fail' }, 'y']], { ...anyWidth, colors }),
    '\u001b[1mstatus  x\u001b[22m\n\u001b[31mfailed\u001b[39m  y\n',
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
