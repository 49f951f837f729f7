import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen, nameMatcher } from '../../src/commands/names.ts';

const all = new Map(['emea-paris', 'emea-vienna', 'apac', 'a.b'].map((name) => [name, name]));

test('names and patterns mean each transfer once, in the order of the words; no word means all', () => {
  assert.deepEqual(chosen(all, [], 'transfer'), [...all.keys()]);
  assert.deepEqual(chosen(all, ['apac', 'emea-*', 'emea-paris'], 'transfer'), [
    'apac',
    'emea-paris',
    'emea-vienna',
  ]);
});

test('what means nothing is a usage error, with the nearest name and not with hundreds of names', () => {
  assert.throws(() => chosen(all, ['asia-*'], 'site'), {
    code: 'usage',
    message: /No site matches "asia-\*"/,
  });
  assert.throws(() => chosen(all, ['emea-pari'], 'site'), {
    code: 'usage',
    message: /Is emea-paris meant\?/,
  });
  const many = new Map(Array.from({ length: 200 }, (_, index) => [`t${index}`, index]));
  assert.throws(() => chosen(many, ['x*'], 'transfer'), { message: /t11 and 188 more\.$/ });
});

test('a pattern fits whole names; what is no wildcard stands for itself', () => {
  assert.deepEqual([...all.keys()].filter(nameMatcher('a.?')), ['a.b']);
  assert.deepEqual([...all.keys()].filter(nameMatcher('*a')), ['emea-vienna']);
  assert.equal(nameMatcher('emea')('emea-paris'), false);
  assert.equal(nameMatcher('[a]*')('apac'), false);
});
