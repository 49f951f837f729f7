import { type Clock, toIso } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import { type Migration, migrationsIn } from '../sql/migrations.ts';
import type { Database } from './database.ts';
import { objections, objectsByVersion, readObjects, type SchemaObjects } from './schema-objects.ts';

const folder = 'src/destinations/sqlite/migrations';

/** From this version on, delivery records say what their rows hold. */
export const contentVersion = 3;

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

/** Looks whether a pull can use the file as it stands, and gives the version that it has. */
export type Inspection = () => number;

/**
 * The inspection throws IcError `configuration` when a later ic has changed the file, or its tables are not those that
 * ic made.
 */
export async function inspectionOf(database: Database, clock: Clock): Promise<Inspection> {
  const steps = await objectsByVersion(migrationsIn(folder), clock);
  const none: SchemaObjects = new Map();
  return () => {
    const version = schemaVersion(database);
    refuseNewer(version, database.path);
    const found = objections(readObjects(database), steps[version] ?? none, steps.at(-1) ?? none);
    if (found.length > 0) throw unusable(database.path, version, found);
    return version;
  };
}

/** Brings the file to the latest version, in one transaction. `now` in milliseconds. */
export async function migrate(
  database: Database,
  inspect: Inspection,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  await database.write(() => {
    // Another process may have been faster.
    const from = inspect();
    for (const migration of migrationsIn(folder).slice(from)) apply(database, migration, now);
  }, signal);
}

function unusable(path: string, version: number, found: readonly string[]): IcError {
  return new IcError('configuration', `The database ${path} cannot be used: ${found.join('; ')}.`, {
    hint:
      version === 0
        ? 'Set path to a file of its own.'
        : 'Restore it from a backup, or move it away: the next pull makes a new one.',
  });
}

function refuseNewer(version: number, path: string): void {
  const latest = latestVersion();
  if (version <= latest) return;
  throw new IcError(
    'configuration',
    `The database ${path} has schema version ${version}; this ic knows versions up to ${latest}.`,
    { hint: 'Install the ic that wrote it, or a later one.' },
  );
}

function apply(database: Database, migration: Migration, now: number): void {
  database.run(migration.sql());
  database.run(
    'CREATE TABLE IF NOT EXISTS ic_schema (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)',
  );
  database
    .prepare('INSERT INTO ic_schema (version, name, applied_at) VALUES (?, ?, ?)')
    .run(migration.version, migration.name, toIso(now / 1000));
}
