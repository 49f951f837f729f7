import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { address, content, fact, flag, instant, wholeNumber } from '../../../src/destinations/sql/values.ts';

describe('an address', () => {
  const cases: readonly (readonly [string | null, string | null])[] = [
    ['198.51.100.23:61606', '198.51.100.23'],
    ['198.51.100.23', '198.51.100.23'],
    ['198.51.100.23:', '198.51.100.23'],
    ['198.51.100.23:none', '198.51.100.23'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:', '2001:db8::1'],
    ['[2001:db8::1]:none', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['Unknown', null],
    ['Unknown:0', null],
    ['-1', null],
    ['', null],
    [':443', null],
    ['[]:443', null],
    [null, null],
  ];
  for (const [text, expected] of cases) {
    test(`${text} is ${expected}`, () => assert.equal(address(text), expected));
  }

  test('of any kind comes back without the port that was put on it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(65_535), (ip, port) => {
        assert.equal(address(`${ip}:${port}`), ip);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.nat(65_535), (ip, port) => {
        assert.equal(address(`[${ip}]:${port}`), ip);
        assert.equal(address(ip), ip);
      }),
    );
  });
});

describe('what the appliance does not know', () => {
  test('is null where it is a fact', () => {
    for (const text of ['Unknown', ' Unknown ', '-1', '', '  ', null]) assert.equal(fact(text), null);
    assert.equal(fact('unknown person'), 'unknown person');
    assert.equal(fact('0'), '0');
  });

  test('stays where people wrote it', () => {
    for (const text of ['Unknown', '-1', '  ', 'a\u0000b']) assert.equal(content(text), text);
    assert.equal(content(''), null);
  });
});

describe('numbers', () => {
  test('whole ones are taken, and nothing else', () => {
    assert.equal(wholeNumber('48213'), 48_213);
    assert.equal(wholeNumber('0'), 0);
    assert.equal(wholeNumber('5000000000'), 5e9);
    for (const text of ['-1', 'x', '1.5', '1e3', '0x10', '99999999999999999999', '', null])
      assert.equal(wholeNumber(text), null, String(text));
  });

  test('flags are 1 and 0', () => {
    for (const text of ['1', 'true', 'Yes']) assert.equal(flag(text), 1);
    for (const text of ['0', 'false', 'No']) assert.equal(flag(text), 0);
    for (const text of ['', 'Unknown', '2', null]) assert.equal(flag(text), null);
  });

  test('instants lie between 1970 and the year 9999', () => {
    assert.equal(instant(0), 0);
    assert.equal(instant(253_402_300_799), 253_402_300_799);
    for (const seconds of [-1, 253_402_300_800, 1e15, null]) assert.equal(instant(seconds), null);
  });
});
