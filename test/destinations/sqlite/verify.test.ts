import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, open as openFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { verifySqlite } from '../../../src/destinations/sqlite/verify.ts';
import type { StoredProblem } from '../../../src/destinations/verification.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { IcError } from '../../../src/platform/errors.ts';
import { calm } from '../../conformance/support.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';
import { connectSqlite, execute, newDatabasePath, query } from './support.ts';

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

test('one with damaged pages is called damaged, whichever they are, with what to do', async (t) => {
  const path = await deliveredDatabase(t);
  const sound = await readFile(path);
  for (const table of ['sqlite_schema', 'ic_schema', 'ic_delivery', 'session', 'session_event']) {
    const damaged = `${path}.${table}`;
    await writeFile(damaged, withoutPage(sound, rootPage(path, table)));
    const found: StoredProblem[] = [];
    const error = await verify(damaged, found).catch((thrown: unknown) => thrown);
    if (error instanceof IcError) assert.deepEqual([error.code, error.hint === null], ['io', false], table);
    else assert.equal(error, undefined, table);
    assert.ok(error || found.some(({ kind }) => kind === 'unreadable'), table);
  }
});

test('who may only read the file can verify it, and leaves nothing beside it', {
  skip: process.platform === 'win32',
}, async (t) => {
  const path = await deliveredDatabase(t);
  const found: StoredProblem[] = [];
  await asReader(path, () => verify(path, found));
  assert.deepEqual(found, []);
  assert.deepEqual(await readdir(dirname(path)), ['ic.db']);
});

test('and is told when somebody wrote to it meanwhile', {
  skip: process.platform === 'win32',
}, async (t) => {
  const path = await deliveredDatabase(t);
  execute(path, 'DELETE FROM session_event');
  await using writer = await openFile(path, 'r+');
  await asReader(path, async () => {
    const problems = verification(path)[Symbol.asyncIterator]();
    assert.equal((await problems.next()).value?.kind, 'altered');
    await writer.write('SQLite', 0);
    await assert.rejects(
      async () => {
        while (!(await problems.next()).done);
      },
      { code: 'io', message: /was written to while it was read/ },
    );
  });
});

test('and sees what another program has just written', async (t) => {
  const path = await deliveredDatabase(t);
  const writer = new DatabaseSync(path);
  try {
    writer.exec('DELETE FROM session_event');
    const found: StoredProblem[] = [];
    await asReader(path, () => verify(path, found));
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['altered', 'altered'],
    );
  } finally {
    writer.close();
  }
});

async function deliveredDatabase(t: TestContext): Promise<string> {
  const path = await newDatabasePath(t);
  const destination = connectSqlite(path);
  await destination.open(calm);
  await destination.deliver([await makeSessionDelivery({ lsid: 'a1' })], calm);
  await destination.deliver([await makeSessionDelivery({ lsid: 'a2' })], calm);
  await destination.close();
  return path;
}

const pageSize = 4096;

function rootPage(path: string, table: string): number {
  if (table === 'sqlite_schema') return 1;
  return Number(query(path, 'SELECT rootpage FROM sqlite_schema WHERE name = ?', table)[0]?.rootpage);
}

/** The first page keeps its header: a file without is no database at all. */
function withoutPage(content: Buffer, page: number): Buffer {
  const damaged = Buffer.from(content);
  return damaged.fill(0xff, pageSize * (page - 1) + (page === 1 ? 100 : 0), pageSize * page);
}

/** As a user who may read the database and its directory, and no more. Root may write everywhere, so it steps down. */
async function asReader(path: string, work: () => Promise<void>): Promise<void> {
  await chmod(path, 0o444);
  await chmod(dirname(path), 0o555);
  const user = process.geteuid?.();
  if (user === 0) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (user === 0) process.seteuid?.(user);
    await chmod(dirname(path), 0o755);
  }
}

async function verify(path: string, found: StoredProblem[] = []): Promise<void> {
  for await (const problem of verification(path)) found.push(problem);
}

function verification(path: string): AsyncIterable<StoredProblem> {
  const config = { type: 'sqlite', name: 'local', path, storeSystemInformation: false } as const;
  return verifySqlite(config, { clock: systemClock, signal: calm }).problems;
}
