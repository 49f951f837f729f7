import type { Clock } from '../../platform/clock.ts';
import type { Migration } from '../sql/migrations.ts';
import { Database } from './database.ts';

/** What a schema holds, by name in lower case: SQLite tells names apart in no other way. */
export type SchemaObjects = ReadonlyMap<string, SchemaObject>;

interface SchemaObject {
  readonly name: string;
  /** `table`, `index`, `view`, `trigger`. */
  readonly type: string;
  readonly columns: readonly string[];
}

/** What stands in a file after no migration, after the first, after the second, …: tried out in memory. */
export async function objectsByVersion(
  migrations: readonly Migration[],
  clock: Clock,
): Promise<readonly SchemaObjects[]> {
  const scratch = await Database.inMemory(clock);
  try {
    const steps = [readObjects(scratch)];
    for (const migration of migrations) {
      scratch.run(migration.sql());
      steps.push(readObjects(scratch));
    }
    return steps;
  } finally {
    scratch.close();
  }
}

export function readObjects(database: Database): SchemaObjects {
  const rows = database
    .prepare(
      `SELECT o.name, o.type, group_concat(lower(c.name)) AS columns
       FROM sqlite_schema o LEFT JOIN pragma_table_xinfo(o.name) c
       WHERE o.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' GROUP BY o.name, o.type`,
    )
    .all();
  return new Map(
    rows.map((row) => {
      const name = String(row.name);
      const columns = row.columns === null ? [] : String(row.columns).split(',');
      return [name.toLowerCase(), { name, type: String(row.type), columns }];
    }),
  );
}

/** Why a file with these objects cannot be used: `reached` is what its version should hold, `latest` the last one's. */
export function objections(
  found: SchemaObjects,
  reached: SchemaObjects,
  latest: SchemaObjects,
): readonly string[] {
  const strange = [...latest.keys()].flatMap((name) => {
    const object = reached.has(name) ? undefined : found.get(name);
    return object === undefined ? [] : [`it has ${describe(object)} that ic did not make`];
  });
  const damaged = [...reached].flatMap(([name, object]) =>
    object.type === 'table' ? damages(object, found.get(name)) : [],
  );
  return [...strange, ...damaged];
}

function damages(wanted: SchemaObject, found: SchemaObject | undefined): readonly string[] {
  if (found === undefined) return [`it has no table ${wanted.name}`];
  if (found.type !== 'table') return [`${wanted.name} is a ${found.type} where ic made a table`];
  const missing = wanted.columns.filter((column) => !found.columns.includes(column));
  return missing.length === 0 ? [] : [`its table ${wanted.name} has no column ${missing.join(', ')}`];
}

function describe({ type, name }: SchemaObject): string {
  return `${type === 'index' ? 'an' : 'a'} ${type} ${name}`;
}
