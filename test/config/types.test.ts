import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { kindList } from '../../src/config/types/kinds.ts';
import { mailAddresses } from '../../src/config/types/mail.ts';
import { host } from '../../src/config/types/network.ts';
import { boolean, decimal } from '../../src/config/types/plain.ts';
import { parseDuration, rate, size, timeOfDay } from '../../src/config/types/quantities.ts';
import { parseInstant, start } from '../../src/config/types/start.ts';
import { InvalidValue, type ValueType } from '../../src/config/types/value-type.ts';

const place = { directory: '/' };

function holds<T>(type: ValueType<T>, table: readonly (readonly [text: string, value: T | null])[]): void {
  for (const [text, value] of table) {
    if (value === null) assert.throws(() => type.parse(text, place), InvalidValue, text);
    else assert.deepEqual(type.parse(text, place), value, text);
  }
}

test('sizes count in thousands and in 1024s', () => {
  holds(size, [
    ['10MB', 10_000_000],
    ['2GiB', 2 ** 31],
    ['1.5 kB', 1500],
    ['1KB', 1000],
    ['1KiB', 1024],
    ['3tb', 3e12],
    ['5000B', 5000],
    ['500B', null],
    ['10', null],
    ['10M', null],
    ['10Mb', null],
    ['-1MB', null],
    ['constructor', null],
    ['1constructor', null],
  ]);
});

test('rates are per second, said or not', () => {
  holds(rate, [
    ['2MB', 2e6],
    ['2MB/s', 2e6],
    ['1MiB/s', 2 ** 20],
    ['2MB/m', null],
  ]);
});

test('durations are whole numbers with a unit', () => {
  for (const [text, seconds] of [
    ['0', 0],
    ['0s', 0],
    ['30s', 30],
    ['15m', 900],
    ['2h', 7200],
    ['7d', 604_800],
    ['15', null],
    ['1.5h', null],
    ['15M', null],
    ['1h30m', null],
    ['-1s', null],
    ['', null],
  ] as const) {
    assert.equal(parseDuration(text), seconds, text);
  }
});

test('times of day are minutes after midnight', () => {
  holds(timeOfDay, [
    ['00:00', 0],
    ['2:30', 150],
    ['23:59', 1439],
    ['24:00', null],
    ['2:5', null],
    ['12:60', null],
    ['noon', null],
  ]);
});

test('booleans are words, in any case', () => {
  holds(boolean, [
    ['true', true],
    ['Yes', true],
    ['ON', true],
    ['false', false],
    ['No', false],
    ['off', false],
    ['1', null],
    ['constructor', null],
  ]);
});

test('numbers are decimal', () => {
  holds(decimal(0.5, 9), [
    ['0.5', 0.5],
    ['5', 5],
    ['0.4', null],
    ['1e1', null],
    ['0x5', null],
    ['5,5', null],
  ]);
});

test('a host may have a port, and an IPv6 address has brackets', () => {
  holds(host, [
    ['support.example.com', { host: 'support.example.com', hostName: 'support.example.com' }],
    ['localhost:8443', { host: 'localhost:8443', hostName: 'localhost' }],
    ['10.0.0.1', { host: '10.0.0.1', hostName: '10.0.0.1' }],
    ['[::1]', { host: '[::1]', hostName: '::1' }],
    ['[2001:db8::1]:443', { host: '[2001:db8::1]:443', hostName: '2001:db8::1' }],
    ['my_box', { host: 'my_box', hostName: 'my_box' }],
    ['300.1.1.1', null],
    ['::1', null],
    ['a:0', null],
    ['a:b', null],
    ['a@b', null],
    ['a/', null],
    ['-a', null],
    ['[::1', null],
    ['[zz]', null],
  ]);
});

test('a start is a span, an instant, or all', () => {
  holds(start, [
    ['30d', { type: 'ago', seconds: 2_592_000 }],
    ['0', { type: 'ago', seconds: 0 }],
    ['All', { type: 'all' }],
    ['2026-11-01', { type: 'instant', time: Date.UTC(2026, 10, 1) / 1000 }],
    ['2026-11-01T10:00:00Z', { type: 'instant', time: Date.UTC(2026, 10, 1, 10) / 1000 }],
    ['2026-11-01 10:00+02:00', { type: 'instant', time: Date.UTC(2026, 10, 1, 8) / 1000 }],
    ['2026-11-01T10:00', { type: 'instant', time: Date.UTC(2026, 10, 1, 10) / 1000 }],
    ['2026-02-29', null],
    ['2026-13-01', null],
    ['2026-11-01T25:00Z', null],
    ['01.11.2026', null],
  ]);
});

test('an instant in ISO form is read as what it is', () => {
  const dates = fc.date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(dates, (date) => {
      assert.equal(parseInstant(date.toISOString()), Math.floor(date.getTime() / 1000));
    }),
  );
});

test('kinds are named one by one, or all together', () => {
  holds(kindList, [
    ['sessions', ['sessions']],
    ['backups,sessions', ['sessions', 'backups']],
    ['all', 'all'],
    ['sessions, all', 'all'],
    ['everything', null],
    [',', null],
  ]);
});

for (const [written, addresses] of [
  ['it@example.com,, Jane <jane@example.com>', ['it@example.com', 'Jane <jane@example.com>']],
  ['"Doe, Jane" <jane@example.com>', ['"Doe, Jane" <jane@example.com>']],
  [String.raw`"The \"boss, too\"" <b@x.org>,c@x.org`, [String.raw`"The \"boss, too\"" <b@x.org>`, 'c@x.org']],
] as const) {
  test(`mail addresses: ${written}`, () => {
    assert.deepEqual(mailAddresses.parse(written, place), addresses);
  });
}

for (const [written, told] of [
  ['Doe, Jane <jane@example.com>', /is not a mail address.*comma in double quotes; Doe is none/],
  ['"Doe, Jane <jane@example.com>, it@example.com', /quotation mark without its end/],
  ['"Doe, Jane", it@example.com', /"Doe, Jane" is none/],
  ['it@example.com; ops@example.com', /is not a mail address/],
  ['"a\nBcc: b" <c@x.org>', /quotation mark without its end|is not a mail address/],
] as const) {
  test(`no mail addresses: ${JSON.stringify(written)}`, () => {
    assert.throws(
      () => mailAddresses.parse(written, place),
      (error: InvalidValue) => told.test(`${error.message}. ${error.remedy}`),
    );
  });
}
