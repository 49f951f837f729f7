import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { IcError } from '../../../src/platform/errors.ts';
import { calm } from '../../conformance/support.ts';
import { connectSqlite, execute, newDatabasePath, query } from './support.ts';

/** Each is made of a database that ic made, or of none; `because` is what check and pull both say. */
const unusable: readonly {
  readonly what: string;
  readonly made: boolean;
  readonly sql: string;
  readonly because: RegExp;
}[] = [
  {
    what: 'a foreign table session',
    made: false,
    sql: 'CREATE TABLE Session (id INTEGER, lsid TEXT)',
    because: /a table Session that ic did not make/,
  },
  {
    what: 'foreign tables with names of lesser ones',
    made: false,
    sql: 'CREATE TABLE customer (id INTEGER); CREATE VIEW team AS SELECT 1 AS id',
    because: /a table customer that.*a view team that/,
  },
  {
    what: 'a foreign index',
    made: false,
    sql: 'CREATE TABLE t (id INTEGER); CREATE INDEX session_lsid ON t (id)',
    because: /an index session_lsid that/,
  },
  {
    what: 'tables that lack columns',
    made: true,
    sql: 'ALTER TABLE session DROP COLUMN type',
    because: /table session has no column type/,
  },
  {
    what: 'a table that is gone, and one that is a view',
    made: true,
    sql: 'DROP TABLE customer; DROP TABLE team; CREATE VIEW team AS SELECT 1 AS id',
    because: /no table customer; team is a view/,
  },
  {
    what: 'the schema of a later ic',
    made: true,
    sql: "INSERT INTO ic_schema VALUES (99, 'later', '2031-01-01')",
    because: /schema version 99; this ic knows versions up to/,
  },
];

describe('a file that no pull can use', { concurrency: true }, () => {
  for (const { what, made, sql, because } of unusable) {
    test(`since it holds ${what} is refused by check and pull alike, and stays as it was`, async (t) => {
      const path = made ? await madeDatabase(t) : await newDatabasePath(t);
      execute(path, sql);
      const before = snapshot(path);

      const results = await Array.fromAsync(connectSqlite(path).check(calm));
      const failures = results.filter(({ ok }) => !ok);
      assert.equal(failures[0]?.error?.code, 'configuration', JSON.stringify(results));
      assert.match(failures[0]?.message ?? '', because);
      await assert.rejects(open(path), (error) => {
        assert.ok(error instanceof IcError, String(error));
        assert.deepEqual([error.code, error.hint === null], ['configuration', false]);
        assert.match(error.message, because);
        return true;
      });
      assert.deepEqual(snapshot(path), before);
    });
  }

  test('is not one that holds only tables of other names', async (t) => {
    const path = await newDatabasePath(t);
    execute(path, 'CREATE TABLE invoice (id INTEGER)');
    const results = await Array.fromAsync(connectSqlite(path).check(calm));
    assert.ok(results.every(({ ok }) => ok));
    await open(path);
    assert.ok((await Array.fromAsync(connectSqlite(path).check(calm))).every(({ ok }) => ok));
  });
});

async function madeDatabase(t: TestContext): Promise<string> {
  const path = await newDatabasePath(t);
  await open(path);
  return path;
}

async function open(path: string): Promise<void> {
  const destination = connectSqlite(path);
  try {
    await destination.open(calm);
  } finally {
    await destination.close();
  }
}

function snapshot(path: string) {
  return [query(path, 'SELECT name, sql FROM sqlite_schema'), query(path, 'PRAGMA journal_mode')];
}
