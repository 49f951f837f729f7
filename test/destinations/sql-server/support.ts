import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { ConnectionPool } from 'mssql';
import type { Destination } from '../../../src/destinations/destination.ts';
import { parseConnectionString } from '../../../src/destinations/sql-server/connection-settings.ts';
import { createSqlServerDestination } from '../../../src/destinations/sql-server/sql-server-destination.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { DriverRow } from '../sql/held-rows.ts';

/** A connection string of a server to test against, whose login may create databases; its database does not matter. */
export const testServer: string | undefined = process.env.IC_TEST_SQLSERVER;

/** Why tests that need a server are left out; false when there is one. */
export const withoutServer: string | false =
  testServer === undefined && 'set IC_TEST_SQLSERVER to a connection string';

export interface TestDatabase {
  readonly name: string;
  readonly connectionString: string;
  connect(options?: ServerOptions): Destination;
  /** Runs statements as another program would; the rows of the first result. */
  query(sql: string): Promise<readonly DriverRow[]>;
  readTable(table: string): Promise<readonly DriverRow[]>;
}

export interface ServerOptions {
  readonly storeSystemInformation?: boolean;
  readonly connectionString?: string;
  readonly transfer?: string;
  readonly site?: string;
}

/** A name for a database that goes when the test is over. */
export function databaseName(context: TestContext): string {
  const name = `ic_test_${randomBytes(6).toString('hex')}`;
  context.after(() => inTurn(() => drop(name)));
  return name;
}

/** A database of the test's own, empty. */
export async function newDatabase(context: TestContext): Promise<TestDatabase> {
  const name = databaseName(context);
  await inTurn(() => inDatabase('master', (pool) => pool.query(`CREATE DATABASE ${name}`)));
  const connectionString = forDatabase(name);
  const query = (sql: string) =>
    inDatabase(name, async (pool) => {
      // A batch, since some statements must stand alone.
      const { recordset } = await pool.request().batch(sql);
      return (recordset ?? []) as readonly DriverRow[];
    });
  return {
    name,
    connectionString,
    connect: (options) => connectServer({ connectionString, ...options }),
    query,
    readTable: (table) => query(`SELECT * FROM dbo.${table} ORDER BY id`),
  };
}

let last: Promise<unknown> = Promise.resolve();

/** Databases are made and dropped one after another: some servers fail when two are at it. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => {});
  return turn;
}

/** What was connected a moment ago may still count as connected. */
async function drop(name: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    try {
      await inDatabase('master', (pool) => pool.query(`DROP DATABASE ${name}`));
      return;
    } catch (error) {
      if (!/currently in use|being accessed/i.test(String(error))) return;
      await systemClock.sleep(250);
    }
  }
}

export function connectServer({
  connectionString = '',
  storeSystemInformation = false,
  transfer = 'hq-to-warehouse',
  site = 'hq',
}: ServerOptions): Destination {
  return createSqlServerDestination(
    { type: 'sql-server', name: 'warehouse', connectionString, storeSystemInformation },
    { transfer, site, clock: systemClock, logger: silentLogger },
  );
}

/** The server's connection string with another database, and another login where one is given. */
export function forDatabase(
  name: string,
  login?: { readonly user: string; readonly password: string },
): string {
  const others = (testServer ?? '').replace(/(^|;)\s*(database|initial catalog)\s*=[^;]*/gi, '');
  const string = `${others};Database=${name}`;
  if (login === undefined) return string;
  const anonymous = string.replace(/(^|;)\s*(user id|uid|user|password|pwd)\s*=[^;]*/gi, '');
  return `${anonymous};User Id=${login.user};Password=${login.password}`;
}

/** Work with a connection that knows nothing of `ic`. */
export async function inDatabase<T>(name: string, work: (pool: ConnectionPool) => Promise<T>): Promise<T> {
  const { default: mssql } = await import('mssql');
  const { server, user, password, encrypt, trustServerCertificate } = parseConnectionString(
    forDatabase(name),
    'test',
  );
  const pool = await new mssql.ConnectionPool({
    server: server.host,
    port: server.port ?? 1433,
    user,
    password,
    database: name,
    pool: { max: 1 },
    requestTimeout: 120_000,
    options: { encrypt: encrypt === true, trustServerCertificate },
  }).connect();
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
