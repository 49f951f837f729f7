import { toIso } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import { type Migration, migrationsIn } from '../sql/migrations.ts';
import type { Database } from './database.ts';

const folder = 'src/destinations/sqlite/migrations';

/** The version of the schema that this program works with. */
export function latestVersion(): number {
  return migrationsIn(folder).length;
}

/** The version that the file has; 0 for a new one. */
export function schemaVersion(database: Database): number {
  const table = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'ic_schema'`);
  if (table.get() === undefined) return 0;
  return Number(database.prepare('SELECT max(version) AS version FROM ic_schema').get()?.version ?? 0);
}

/** Brings the file to the latest version, in one transaction. `now` in milliseconds. */
export async function migrate(database: Database, now: number, signal: AbortSignal): Promise<void> {
  const migrations = migrationsIn(folder);
  const version = await database.read(() => schemaVersion(database), signal);
  refuseNewer(version, migrations.length, database.path);
  if (version === migrations.length) return;
  await database.write(() => {
    // Another process may have been faster.
    const from = schemaVersion(database);
    for (const migration of migrations.slice(from)) apply(database, migration, now);
  }, signal);
}

/** @throws IcError `configuration` when a later ic has changed the file. */
export function refuseNewer(version: number, latest: number, path: string): void {
  if (version <= latest) return;
  throw new IcError(
    'configuration',
    `The database ${path} has schema version ${version}; this ic knows versions up to ${latest}.`,
    { hint: 'Install the ic that wrote it, or a later one.' },
  );
}

function apply(database: Database, migration: Migration, now: number): void {
  refuseForeignTables(database, migration);
  database.run(migration.sql());
  database.run(
    'CREATE TABLE IF NOT EXISTS ic_schema (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)',
  );
  database
    .prepare('INSERT INTO ic_schema (version, name, applied_at) VALUES (?, ?, ?)')
    .run(migration.version, migration.name, toIso(now / 1000));
}

function refuseForeignTables(database: Database, migration: Migration): void {
  if (migration.version !== 1) return;
  const table = database
    .prepare(`SELECT name FROM sqlite_schema WHERE name IN ('session', 'presentation', 'ic_delivery')`)
    .get()?.name;
  if (table === undefined) return;
  throw new IcError(
    'configuration',
    `The database ${database.path} has a table ${String(table)} that ic did not make.`,
    { hint: 'Set path to a file of its own.' },
  );
}
