import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { verifySqlite } from '../../../src/destinations/sqlite/verify.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { execute, newDatabasePath } from './support.ts';

test('a database that is not there is no sound one, and is not made', async (t) => {
  const path = await newDatabasePath(t);
  await assert.rejects(verify(path), { code: 'io', message: /no such file/ });
  assert.equal(existsSync(path), false);
});

test('neither is one of another program', async (t) => {
  const path = await newDatabasePath(t);
  execute(path, 'CREATE TABLE invoice (id INTEGER)');
  await assert.rejects(verify(path), { code: 'io', message: /no records of deliveries/ });
});

function verify(path: string) {
  const config = { type: 'sqlite', name: 'local', path, storeSystemInformation: false } as const;
  const options = { clock: systemClock, signal: new AbortController().signal };
  return Array.fromAsync(verifySqlite(config, options).problems);
}
