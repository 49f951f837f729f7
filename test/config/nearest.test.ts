import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from '../../src/config/nearest.ts';

const known = [
  'host',
  'client_id',
  'client_secret',
  'sessions',
  'session-recordings',
  'type',
  'append-number',
];

for (const [word, meant] of [
  ['hots', 'host'],
  ['HOST', 'host'],
  ['clientid', 'client_id'],
  ['client-secret', 'client_secret'],
  ['sesions', 'sessions'],
  ['recordings', 'session-recordings'],
  ['typ', 'type'],
  ['appendnumber', 'append-number'],
  ['zebra', null],
  ['x', null],
] as const) {
  test(`nearest to ${word} is ${meant}`, () => assert.equal(nearest(word, known), meant));
}

test('the distance counts added, dropped, changed and swapped letters', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('ab', 'ba'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('abc', 'abc'), 0);
});
