import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
} from '../../src/terminal/format.ts';

for (const [bytes, text] of [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [48_211, '48.2 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [10e9, '10.0 GB'],
  [5e18, '5000.0 PB'],
] as const) {
  test(`${bytes} bytes are ${text}`, () => assert.equal(formatBytes(bytes), text));
}

for (const [seconds, text] of [
  [0, '0 s'],
  [0.42, '0.4 s'],
  [9.97, '10 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [7200, '2 h'],
  [7500, '2 h 5 min'],
  [86_399, '23 h 59 min'],
  [360_000, '4 d 4 h'],
] as const) {
  test(`${seconds} seconds are ${text}`, () => assert.equal(formatDuration(seconds), text));
}

test('an instant is in UTC and says so', () => {
  assert.equal(formatInstant(Date.UTC(2026, 10, 22, 19, 30, 1) / 1000), '2026-11-22 19:30:01Z');
});

test('ages say one unit, and which way', () => {
  assert.equal(formatAge(1000, 1030), 'just now');
  assert.equal(formatAge(1000, 1000 + 330), '5 min ago');
  assert.equal(formatAge(1000, 1000 + 90_000), '1 d ago');
  assert.equal(formatAge(8200, 1000), 'in 2 h');
});

test('counts know singular and plural', () => {
  assert.equal(formatCount(1, 'session'), '1 session');
  assert.equal(formatCount(0, 'session'), '0 sessions');
  assert.equal(formatCount(1_204_000, 'session'), '1,204,000 sessions');
  assert.equal(formatCount(2, 'entry', 'entries'), '2 entries');
});
