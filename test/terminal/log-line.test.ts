import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type LogEntry, parseLogLine, toJsonLine, toTextLine } from '../../src/terminal/log-line.ts';

const entry: LogEntry = {
  time: Date.UTC(2026, 10, 22, 19, 30, 1, 123),
  level: 'warn',
  run: '5f0c2a91',
  fields: { transfer: 'hq-to-archive', attempt: 2, last: false },
  message: 'Site hq answers 503.',
};

test('a text line: UTC with milliseconds, level, run, transfer and other fields, message', () => {
  assert.equal(
    toTextLine(entry),
    '2026-11-22T19:30:01.123Z warn  run=5f0c2a91 transfer=hq-to-archive attempt=2 last=false | Site hq answers 503.',
  );
});

test('a JSON line: the same as an object', () => {
  assert.deepEqual(JSON.parse(toJsonLine(entry)), {
    time: '2026-11-22T19:30:01.123Z',
    level: 'warn',
    run: '5f0c2a91',
    transfer: 'hq-to-archive',
    attempt: 2,
    last: false,
    message: 'Site hq answers 503.',
  });
});

test('data cannot forge a line, a field or a message', () => {
  const forged = '\n2026-11-22T19:30:01.123Z error run=x | forged';
  const line = toTextLine({ ...entry, fields: { name: `${forged} x="1" |` }, message: forged });
  assert.doesNotMatch(line, /\n/);
  const read = parseLogLine(line);
  assert.deepEqual(read?.fields, { name: `${forged} x="1" |` });
  assert.equal(read?.level, 'warn');
  assert.equal(read?.run, '5f0c2a91');
});

test('a field cannot take the place of time, level or message', () => {
  const fields = { time: 'x', level: 'error', message: 'x' };
  assert.deepEqual(parseLogLine(toJsonLine({ ...entry, fields }))?.message, entry.message);
  assert.deepEqual(parseLogLine(toJsonLine({ ...entry, fields }))?.level, 'warn');
});

const entries = fc.record(
  {
    time: fc.integer({ min: 0, max: 4e12 }),
    level: fc.constantFrom('error', 'warn', 'info', 'debug'),
    run: fc.option(fc.oneof(fc.stringMatching(/^[0-9a-f]{8}$/), fc.constantFrom('12345678', '12e45678'))),
    fields: fc.dictionary(
      fc
        .stringMatching(/^[a-z_]{1,8}$/)
        .filter((name) => !['time', 'level', 'run', 'message'].includes(name)),
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      { noNullPrototype: true },
    ),
    message: fc.string({ unit: 'grapheme' }),
  },
  { noNullPrototype: true },
) as fc.Arbitrary<LogEntry>;

test('what is written as JSON is read back as it was', () => {
  fc.assert(fc.property(entries, (each) => assert.deepEqual(parseLogLine(toJsonLine(each)), each)));
});

test('what is written as text is read back as it was, on one line', () => {
  fc.assert(
    fc.property(entries, (each) => {
      const line = toTextLine(each);
      assert.doesNotMatch(line, /[\r\n\u2028\u2029]/);
      const { message, ...rest } = parseLogLine(line) ?? assert.fail(line);
      const { message: written, ...expected } = each;
      assert.deepEqual(rest, expected);
      if (!/[\p{C}\u2028\u2029]/u.test(written)) assert.equal(message, written);
    }),
  );
});

for (const line of [
  '',
  'Segmentation fault',
  '2026-11-22T19:30:01.123Z warn  run=5f0c2a91 transf',
  '2026-11-22T19:30:01.123Z warning | x',
  '{"time":"2026-11-22T19:30:01.123Z","level":"warn","mess',
  '{"time":"yesterday","level":"warn","message":"x"}',
  '{"level":"warn","message":"x"}',
]) {
  test(`no line of the log: ${line}`, () => assert.equal(parseLogLine(line), null));
}
