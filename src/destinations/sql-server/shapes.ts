import { references, type TableName, tables } from '../sql/tables.ts';
import type { ResultRow, Statements } from './client.ts';

/** A column as the server has it. */
export interface ColumnShape {
  readonly name: string;
  /** The system type: `nvarchar`, `int`, `datetime`, … */
  readonly type: string;
  /** Bytes; -1 for MAX. */
  readonly maxLength: number;
  readonly nullable: boolean;
  readonly identity: boolean;
  /** By how much identities grow; null for other columns. */
  readonly increment: number | null;
  /** The identity that was given out last; null when none was. */
  readonly lastId: bigint | null;
  readonly computed: boolean;
  readonly hasDefault: boolean;
  /** Null for types without. */
  readonly collation: string | null;
}

/** By the column's name in lower case, as names are the same to most servers in any case. */
export type TableShape = ReadonlyMap<string, ColumnShape>;

/** Those of our tables that are there. */
export type Shapes = ReadonlyMap<TableName, TableShape>;

const query = `
SELECT o.name AS table_name, c.name AS name, TYPE_NAME(c.system_type_id) AS type, c.max_length AS max_length,
  c.is_nullable AS is_nullable, c.is_identity AS is_identity, c.is_computed AS is_computed,
  CASE WHEN c.default_object_id = 0 THEN 0 ELSE 1 END AS has_default, c.collation_name AS collation_name,
  CONVERT(BIGINT, i.increment_value) AS increment, CONVERT(BIGINT, i.last_value) AS last_id
FROM sys.columns c JOIN sys.tables o ON o.object_id = c.object_id
LEFT JOIN sys.identity_columns i ON i.object_id = c.object_id AND i.column_id = c.column_id
WHERE o.schema_id = SCHEMA_ID(N'dbo')
  AND o.name IN (${[...Object.keys(tables)].map((name) => `N'${name}'`).join(', ')})`;

export async function readShapes(statements: Statements): Promise<Shapes> {
  const [rows = []] = await statements.query(query);
  const shapes = new Map<TableName, Map<string, ColumnShape>>();
  for (const row of rows) {
    const table = String(row.table_name).toLowerCase() as TableName;
    const shape = shapes.get(table) ?? new Map<string, ColumnShape>();
    const column = columnShape(row);
    shape.set(column.name.toLowerCase(), column);
    shapes.set(table, shape);
  }
  return shapes;
}

const othersQuery = `
SELECT o.name AS name, LOWER(o.type_desc) AS type FROM sys.objects o
WHERE o.schema_id = SCHEMA_ID(N'dbo') AND o.type <> 'U'
  AND o.name IN (${[...Object.keys(tables), 'ic_schema', 'ic_delivery', 'ic_watermark', 'ic_destination', 'ic_transfer', 'ic_tally', 'ic_foreign'].map((name) => `N'${name}'`).join(', ')})`;

/** What has the name of one of our tables and is none: views, synonyms, procedures. */
export async function readOthers(statements: Statements): Promise<readonly string[]> {
  const [rows = []] = await statements.query(othersQuery);
  return rows.map(({ name, type }) => `${name} is a ${String(type).replaceAll('_', ' ')}, not a table`);
}

const triggersQuery = `
SELECT o.name AS table_name, t.name AS name FROM sys.triggers t JOIN sys.tables o ON o.object_id = t.parent_id
WHERE t.is_instead_of_trigger = 1 AND t.is_disabled = 0 AND o.schema_id = SCHEMA_ID(N'dbo')
  AND o.name IN (${Object.keys(tables)
    .map((name) => `N'${name}'`)
    .join(', ')})`;

/** Why the tables that are there cannot be used as they stand, whoever made them; nothing when they can. */
export async function readObjections(statements: Statements): Promise<readonly string[]> {
  const [triggers = []] = await statements.query(triggersQuery);
  return [
    ...objections(await readShapes(statements)),
    ...triggers.map(
      ({ table_name: table, name }) =>
        `the INSTEAD OF trigger ${name} takes the place of writing to ${table}`,
    ),
  ];
}

function columnShape(row: ResultRow): ColumnShape {
  return {
    name: String(row.name),
    type: String(row.type).toLowerCase(),
    maxLength: Number(row.max_length),
    nullable: Boolean(row.is_nullable),
    identity: Boolean(row.is_identity),
    increment: row.increment == null ? null : Number(row.increment),
    lastId: row.last_id == null ? null : BigInt(String(row.last_id)),
    computed: Boolean(row.is_computed),
    hasDefault: Boolean(row.has_default),
    collation: row.collation_name === null ? null : String(row.collation_name),
  };
}

const texts = ['nvarchar', 'varchar', 'nchar', 'char', 'ntext', 'text'];
/** What can be looked for with `=`. */
const comparable = ['nvarchar', 'varchar', 'nchar', 'char'];
const integers = ['int', 'bigint', 'smallint', 'tinyint'];

const accepted: Readonly<Record<'text' | 'integer' | 'time', readonly string[]>> = {
  text: [...texts, ...integers, 'xml'],
  integer: [...integers, 'bit', 'numeric', 'decimal', ...texts],
  time: ['datetime', 'datetime2', 'smalldatetime', 'datetimeoffset'],
};

/**
 * Why tables that somebody else made cannot be used as they stand; nothing when they can. What is missing and can be
 * added is no reason.
 */
export function objections(shapes: Shapes): readonly string[] {
  return [...shapes].flatMap(([table, shape]) => [
    ...idObjections(table, shape),
    ...referenceObjections(table, shape),
    ...columnObjections(table, shape),
    ...foreignObjections(table, shape),
  ]);
}

function idObjections(table: TableName, shape: TableShape): readonly string[] {
  const id = shape.get('id');
  if (id === undefined) return [`${table} has no column id`];
  if (!id.identity || !integers.includes(id.type)) return [`${table}.id is no integer identity`];
  if (id.increment !== null && id.increment <= 0)
    return [
      `${table}.id counts down (IDENTITY with increment ${id.increment}), and later rows need greater ids`,
    ];
  return isOutOfIds(id)
    ? [`${table}.id has given out its last ${id.type} (${id.lastId}): make it a BIGINT`]
    : [];
}

const greatest: Readonly<Record<string, bigint>> = {
  tinyint: 255n,
  smallint: 2n ** 15n - 1n,
  int: 2n ** 31n - 1n,
  bigint: 2n ** 63n - 1n,
};

function isOutOfIds({ type, increment, lastId }: ColumnShape): boolean {
  const limit = greatest[type];
  return limit !== undefined && lastId !== null && lastId + BigInt(increment ?? 1) > limit;
}

function referenceObjections(table: TableName, shape: TableShape): readonly string[] {
  // The original's own descriptions differ in which of the two its system_information has.
  const needed = table === 'system_information' ? [] : references[table];
  return references[table].flatMap((name: string) => {
    const column = shape.get(name);
    if (column === undefined)
      return (needed as readonly string[]).includes(name) ? [`${table} has no column ${name}`] : [];
    return integers.includes(column.type) ? [] : [`${table}.${name} is ${column.type}, not an integer`];
  });
}

function columnObjections(table: TableName, shape: TableShape): readonly string[] {
  return Object.entries(tables[table]).flatMap(([name, type]) => {
    const column = shape.get(name);
    if (column === undefined) return isRequired(table, name) ? [`${table} has no column ${name}`] : [];
    if (column.computed) return [`${table}.${name} is computed`];
    const types = isRequired(table, name) ? comparable : accepted[type];
    if (types.includes(column.type)) return [];
    return [
      `${table}.${name} is ${column.type}, which cannot hold ${type === 'time' ? 'an instant' : `${type}s`}`,
    ];
  });
}

/** A session is known by these two; they cannot be made up for rows that are there. */
function isRequired(table: TableName, name: string): boolean {
  return (table === 'session' || table === 'presentation') && (name === 'lsid' || name === 'host_name');
}

function foreignObjections(table: TableName, shape: TableShape): readonly string[] {
  const own = new Set<string>(['id', ...references[table], ...Object.keys(tables[table])]);
  return [...shape]
    .filter(([name, column]) => !own.has(name) && !column.nullable && !isFilledByServer(column))
    .map(([, { name }]) => `${table}.${name}, which ic does not know, takes no NULL and has no default`);
}

function isFilledByServer({ hasDefault, computed, identity, type }: ColumnShape): boolean {
  return hasDefault || computed || identity || type === 'timestamp';
}

/** Columns of texts that lose what their code page does not have. */
export function narrowColumns(shapes: Shapes): readonly string[] {
  return [...shapes].flatMap(([table, shape]) =>
    Object.keys(tables[table]).flatMap((name) => {
      const column = shape.get(name);
      if (column === undefined || !['varchar', 'char', 'text'].includes(column.type)) return [];
      return /_UTF8$/i.test(column.collation ?? '')
        ? []
        : [`${table}.${name} (${column.type}, ${column.collation})`];
    }),
  );
}
