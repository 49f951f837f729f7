import { IcError } from '../../platform/errors.ts';
import { migrationsIn } from '../sql/migrations.ts';
import type { Client, Statements } from './client.ts';
import { lockFor } from './lock.ts';
import { readObjections, readOthers } from './shapes.ts';

const folder = 'src/destinations/sql-server/migrations';

/** From this version on, delivery records say what their rows hold. */
export const contentVersion = 3;

/** The version of the schema that this program works with. */
export function latestVersion(): number {
  return migrationsIn(folder).length;
}

/** The version that the database has; 0 for a new one, and for one that the original product has filled. */
export async function schemaVersion(statements: Statements): Promise<number> {
  const [found] = await statements.query(`SELECT OBJECT_ID(N'dbo.ic_schema') AS id`);
  if (found?.[0]?.id == null) return 0;
  const [rows] = await statements.query('SELECT MAX(version) AS version FROM dbo.ic_schema');
  return Number(rows?.[0]?.version ?? 0);
}

/** Brings the database to the latest version, in one transaction; with the latest version it changes nothing. */
export async function migrate(client: Client, database: string, signal: AbortSignal): Promise<void> {
  const latest = latestVersion();
  const version = await client.transaction(async (statements) => {
    refuseStrangers([...(await readOthers(statements)), ...(await readObjections(statements))], database);
    return schemaVersion(statements);
  }, signal);
  refuseNewer(version, latest, database);
  if (version === latest) return;
  await client.transaction(async (statements) => {
    await lockFor(statements, 'schema');
    await bringUp(statements, database);
  }, signal);
}

async function bringUp(statements: Statements, database: string): Promise<void> {
  // Another process may have been faster.
  const version = await schemaVersion(statements);
  refuseStrangers(await readObjections(statements), database);
  await statements.batch('SET XACT_ABORT ON');
  for (const migration of migrationsIn(folder).slice(version)) {
    for (const batch of batches(migration.sql())) await statements.batch(batch);
    await note(statements, migration.version, migration.name);
  }
}

async function note(statements: Statements, version: number, name: string): Promise<void> {
  await statements.batch(
    `IF OBJECT_ID(N'dbo.ic_schema') IS NULL
     CREATE TABLE dbo.ic_schema (version INT NOT NULL PRIMARY KEY, name NVARCHAR(255) NOT NULL, applied_at DATETIME2(3) NOT NULL)`,
  );
  await statements.batch(
    `INSERT INTO dbo.ic_schema (version, name, applied_at) VALUES (${version}, N'${name}', SYSUTCDATETIME())`,
  );
}

/** @throws IcError `configuration` when a later ic has changed the database. */
export function refuseNewer(version: number, latest: number, database: string): void {
  if (version <= latest) return;
  throw new IcError(
    'configuration',
    `Database ${database} has schema version ${version}; this ic knows versions up to ${latest}.`,
    { hint: 'Install the ic that wrote it, or a later one.' },
  );
}

/** @throws IcError `configuration` that names everything which stands in the way of using these tables. */
export function refuseStrangers(found: readonly string[], database: string): void {
  if (found.length === 0) return;
  throw new IcError(
    'configuration',
    `Database ${database} has tables that ic cannot use as they stand: ${found.join('; ')}.`,
    { hint: 'Change them, or name another database in connection_string.' },
  );
}

/** The batches of a script: what stands between lines that say GO. */
function batches(sql: string): readonly string[] {
  return sql.split(/^GO[ \t]*\r?$/im).filter((batch) => batch.trim() !== '');
}
