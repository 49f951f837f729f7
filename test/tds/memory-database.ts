import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { columnsOf, references, type TableName, tables } from '../../src/destinations/sql/tables.ts';
import type { LoadedRow, Statement } from './requests.ts';
import type { ResultSet } from './tokens.ts';
import type { ColumnKind, Value } from './values.ts';

/** What a session of the endpoint's database has been doing, as faults name it. */
export type Step =
  | 'login'
  | 'options'
  | 'begin'
  | 'look'
  | 'lock'
  | 'find'
  | 'stage'
  | 'bulk'
  | 'apply'
  | 'reread'
  | 'note'
  | 'watermark'
  | 'identity'
  | 'commit'
  | 'rollback';

export interface StoredRecord {
  readonly id: number;
  readonly lsid: string;
  readonly host: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** What the endpoint's catalogue says of the tables, beyond that columns take everything. */
export interface Catalogue {
  /** By table: what IDENT_INCR and IDENT_CURRENT say; 1 and 0 where nothing is said. */
  identities: Readonly<Record<string, { readonly increment?: number; readonly last?: number }>>;
  /** INSTEAD OF triggers, by name. */
  triggers: readonly { readonly table: string; readonly name: string }[];
  /** Columns of another type than ours: `session.lsid` → `varchar`. */
  types: Readonly<Record<string, string>>;
  /** 0: nothing was delivered yet. */
  version: number;
  /** There is no database of the name. */
  isMissing: boolean;
}

/**
 * The endpoint's database: SQLite, for the SQL that it takes as well, and our T-SQL done by hand where it does not. It
 * says nothing of whether that T-SQL is right; it is there so that the protocol can be cut off at any step.
 */
export class MemoryDatabase implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'ic-tds-'));
  readonly #sessions = new Set<DatabaseSync>();
  readonly #own: DatabaseSync;
  readonly catalogue: Catalogue = {
    identities: {},
    triggers: [],
    types: {},
    version: latestVersion,
    isMissing: false,
  };
  /** Every statement, with its parameters. */
  readonly statements: Statement[] = [];

  constructor() {
    this.#own = this.connect();
    this.#own.exec('PRAGMA journal_mode = WAL');
    for (const sql of migrations()) this.#own.exec(sql);
    // The key that SQL Server's table has.
    this.#own.exec('CREATE UNIQUE INDEX ic_delivery_key ON ic_delivery (site, kind, lsid)');
  }

  connect(): DatabaseSync {
    const connection = new DatabaseSync(join(this.#directory, 'database'), {
      timeout: 0,
      enableForeignKeyConstraints: true,
    });
    connection.exec('PRAGMA synchronous = OFF');
    this.#sessions.add(connection);
    return connection;
  }

  /** Runs a statement as another program would; the rows of the result. */
  query(sql: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#own.prepare(sql).all();
  }

  /** Sessions with what lies below them, in the order of ids. */
  get records(): readonly StoredRecord[] {
    return this.query('SELECT * FROM session ORDER BY id').map((session) => ({
      id: Number(session.id),
      lsid: String(session.lsid),
      host: String(session.host_name),
      rows: [
        session,
        ...this.query(`SELECT * FROM session_event WHERE session_id = ${session.id} ORDER BY id`),
        ...this.query(
          `SELECT d.* FROM session_event e JOIN session_event_data d ON d.session_event_id = e.id WHERE e.session_id = ${session.id} ORDER BY d.id`,
        ),
      ],
    }));
  }

  [Symbol.dispose](): void {
    for (const connection of this.#sessions) if (connection.isOpen) connection.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

const migrationsFolder = new URL('../../src/destinations/sqlite/migrations/', import.meta.url);

function migrations(): readonly string[] {
  return readdirSync(migrationsFolder)
    .toSorted()
    .map((name) => readFileSync(new URL(name, migrationsFolder), 'utf8'));
}

/** Both databases have as many migrations. */
const latestVersion = readdirSync(migrationsFolder).length;

/** One connection's view: its transaction and its #tables. */
export class MemorySession {
  readonly #database: MemoryDatabase;
  readonly #connection: DatabaseSync;
  readonly #staged = new Map<string, readonly LoadedRow[]>();
  #loading = '';

  constructor(database: MemoryDatabase) {
    this.#database = database;
    this.#connection = database.connect();
  }

  get isMissing(): boolean {
    return this.#database.catalogue.isMissing;
  }

  begin(): void {
    this.#connection.exec('BEGIN');
  }

  commit(): void {
    if (this.#connection.isTransaction) this.#connection.exec('COMMIT');
  }

  rollback(): void {
    if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
  }

  /** What was not committed is gone with the connection. */
  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  load(rows: readonly LoadedRow[]): void {
    this.#staged.set(this.#loading, rows);
  }

  execute(statement: Statement): readonly ResultSet[] {
    const { sql, parameters } = statement;
    this.#database.statements.push(statement);
    switch (stepOf(sql)) {
      case 'stage':
        this.#staged.clear();
        return [];
      case 'bulk':
        this.#loading = /^insert bulk \[#ic_(\w+)\]/i.exec(sql)?.[1] ?? '';
        return [];
      case 'find':
        return this.#find(parameters, /d\.kind = N'(\w+)'/.exec(sql)?.[1] ?? '');
      case 'apply':
        return this.#apply(parameters);
      case 'note':
        return this.#note(sql, parameters);
      case 'watermark':
        return this.#watermark(sql, parameters);
      case 'identity':
        return this.#identity(sql, parameters);
      case 'lock':
        return [{ columns: { result: 'integer' }, rows: [{ result: 0 }] }];
      case 'options':
        return [];
      default:
        return this.#look(sql) ?? this.#select(sql, parameters);
    }
  }

  #find(parameters: Statement['parameters'], kind: string): readonly ResultSet[] {
    const table = rootOf(kind);
    const lsids = Object.entries(parameters).flatMap(([name, lsid]) =>
      /^l\d+$/.test(name) ? [String(lsid)] : [],
    );
    const marks = lsids.map(() => '?').join(', ');
    const noted = `SELECT d.lsid, d.rows_digest, d.content_hash, d.mapping, d.system_information, r.id, r.host_name
      FROM ic_delivery d LEFT JOIN ${table} r ON r.id = d.row_id WHERE d.site = ? AND d.kind = ? AND d.lsid IN (${marks})`;
    // As most collations have it, upper and lower case are the same.
    const rows = `SELECT r.id, r.lsid, r.host_name FROM ${table} r WHERE r.host_name = ? AND r.lsid COLLATE NOCASE IN (${marks})
      AND NOT EXISTS (SELECT 1 FROM ic_delivery d WHERE d.kind = ? AND d.row_id = r.id) ORDER BY r.id DESC`;
    const { site, host } = parameters;
    return [
      asResult(this.#connection.prepare(noted).all(String(site), kind, ...lsids)),
      asResult(this.#connection.prepare(rows).all(String(host), ...lsids, kind)),
    ];
  }

  #apply(parameters: Statement['parameters']): readonly ResultSet[] {
    const root = rootOf(String(parameters.kind));
    const applied = (this.#staged.get(root) ?? []).map((row) => {
      const id = row.id === null ? this.#insert(root, row, []) : this.#replace(root, row);
      for (const table of below(root, this.#staged.keys()))
        for (const child of this.#childrenOf(table, row.ordinal)) this.#insert(table, child, [id]);
      if (root === 'session') this.#insertEvents(id, row.ordinal);
      this.#noteDelivery(row, id, parameters);
      return { ordinal: row.ordinal ?? 0, id };
    });
    return [{ columns: { ordinal: 'integer', id: 'integer' }, rows: applied }];
  }

  #replace(root: TableName, row: LoadedRow): number {
    const names = columnsOf(root).map(({ name }) => `${name} = ?`);
    this.#run(`UPDATE ${root} SET ${names.join(', ')} WHERE id = ?`, ...cellsOf(root, row), row.id ?? null);
    for (const [table, columns] of Object.entries(references)) {
      const reference = columns[0];
      if (reference === `${root}_id`)
        this.#run(`DELETE FROM ${table} WHERE ${reference} = ?`, row.id ?? null);
    }
    return Number(row.id);
  }

  #insertEvents(session: number, ordinal: Value | undefined): void {
    for (const event of this.#childrenOf('session_event', ordinal)) {
      const id = this.#insert('session_event', event, [session]);
      for (const row of this.#childrenOf('session_event_data', event.ordinal))
        this.#insert('session_event_data', row, [id]);
      for (const row of this.#childrenOf('system_information', event.ordinal))
        this.#insert('system_information', row, [id, session]);
    }
  }

  #childrenOf(table: string, parent: Value | undefined): readonly LoadedRow[] {
    return (this.#staged.get(table) ?? []).filter((row) => row.parent === parent);
  }

  #insert(table: TableName, row: LoadedRow, parents: readonly number[]): number {
    const names = [...references[table], ...columnsOf(table).map(({ name }) => name)];
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    return this.#run(sql, ...parents, ...cellsOf(table, row));
  }

  #noteDelivery(row: LoadedRow, id: number, parameters: Statement['parameters']): void {
    const { site, kind, host, mapping, system_information, transfer, at } = parameters;
    this.#run(
      `INSERT OR REPLACE INTO ic_delivery (site, kind, lsid, host_name, row_id, row_count, content_hash, mapping,
         system_information, transfer, delivered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[
        site,
        kind,
        row.lsid,
        host,
        id,
        row.row_count,
        row.content_hash,
        mapping,
        system_information,
        transfer,
        at,
      ].map((value) => value ?? null),
    );
  }

  /** Digests of rows, by the ids of their records; or the change of the tally, which is SQL that SQLite takes. */
  #note(sql: string, parameters: Statement['parameters']): readonly ResultSet[] {
    if (!/FROM dbo\.ic_delivery d JOIN/.test(sql)) return this.#select(sql, parameters);
    const kind = /d\.kind = N'(\w+)'/.exec(sql)?.[1] ?? '';
    for (let index = 0; parameters[`i${index}`] !== undefined; index += 1) {
      const [id, count, digest, before] = ['i', 'n', 'd', 'b'].map(
        (name) => parameters[`${name}${index}`] ?? null,
      );
      this.#run(
        `UPDATE ic_delivery SET row_count = ?, rows_digest = ? WHERE kind = ? AND row_id = ? AND coalesce(rows_digest, '') = ?`,
        ...[count, digest, kind, id, before].map((value) => value ?? null),
      );
    }
    return [];
  }

  #watermark(sql: string, parameters: Statement['parameters']): readonly ResultSet[] {
    const { transfer, site, kind, since, watermark, now } = parameters;
    if (sql.startsWith('UPDATE')) {
      const insert =
        'INSERT OR REPLACE INTO ic_watermark (transfer, site, kind, since, watermark, updated_at) VALUES (?, ?, ?, ?, ?, ?)';
      this.#run(insert, ...[transfer, site, kind, since, watermark, now].map((value) => value ?? null));
      return [];
    }
    const found = this.#connection
      .prepare('SELECT since, watermark FROM ic_watermark WHERE transfer = ? AND site = ? AND kind = ?')
      .all(String(transfer), String(site), String(kind));
    const rows = found.map((row) => ({
      since: new Date(String(row.since)),
      watermark: new Date(String(row.watermark)),
    }));
    return [{ columns: { since: 'instant', watermark: 'instant' }, rows }];
  }

  #identity(sql: string, { id, transfer }: Statement['parameters']): readonly ResultSet[] {
    if (/OBJECT_ID/.test(sql))
      return [
        {
          columns: { deliveries: 'integer', destination: 'integer' },
          rows: [{ deliveries: 1, destination: 1 }],
        },
      ];
    if (/ic_destination/.test(sql)) {
      if (sql.startsWith('IF NOT EXISTS'))
        this.#run(
          'INSERT INTO ic_destination SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM ic_destination)',
          ...[id ?? null, '2026-11-30T00:00:00Z'],
        );
      return [asResult(this.#connection.prepare('SELECT id FROM ic_destination').all())];
    }
    if (sql.startsWith('UPDATE'))
      this.#run(
        'INSERT INTO ic_transfer VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET sequence = sequence + 1',
        transfer ?? null,
      );
    const select = this.#connection.prepare('SELECT sequence FROM ic_transfer WHERE name = ?');
    return [asResult(select.all(String(transfer)))];
  }

  /** What only the server's catalogue can say: a schema that is up to date, with columns that take everything. */
  #look(sql: string): readonly ResultSet[] | null {
    const { version, triggers, isMissing } = this.#database.catalogue;
    const facts: readonly (readonly [RegExp, string, Value])[] = [
      [/OBJECT_ID\(N'dbo\.ic_schema'\)/, 'id', version === 0 ? null : 1],
      [/MAX\(version\)/, 'version', version],
      [/babelfish/, 'babelfish', null],
      [/DB_ID/, 'id', isMissing ? null : 5],
      [/HAS_PERMS_BY_NAME/, 'allowed', 1],
      [/ProductVersion/, 'version', 16],
    ];
    const fact = facts.find(([pattern]) => pattern.test(sql));
    if (fact !== undefined) return [{ columns: { [fact[1]]: 'integer' }, rows: [{ [fact[1]]: fact[2] }] }];
    if (/sys\.triggers/.test(sql))
      return [
        {
          columns: { table_name: 'text', name: 'text' },
          rows: triggers.map(({ table, name }) => ({ table_name: table, name })),
        },
      ];
    if (/sys\.columns/.test(sql)) return [this.#columns()];
    if (/sys\./.test(sql)) return [{ columns: { name: 'text' }, rows: [] }];
    return null;
  }

  #columns(): ResultSet {
    const { identities, types } = this.#database.catalogue;
    const columns = Object.keys(tables).flatMap((table) => {
      const { increment = 1, last = 1 } = identities[table] ?? {};
      const id = { name: 'id', type: 'int', is_identity: 1, increment, last_id: last };
      const own = [
        ...references[table as TableName].map((name) => ({ name, type: 'int' })),
        ...columnsOf(table as TableName).map(({ name, type }) => ({ name, type: serverTypes[type] })),
      ];
      return [id, ...own].map((column) => ({
        table_name: table,
        max_length: -1,
        is_nullable: 1,
        is_identity: 0,
        is_computed: 0,
        has_default: 0,
        collation_name: null,
        increment: null,
        last_id: null,
        ...column,
        type: types[`${table}.${column.name}`] ?? column.type,
      }));
    });
    return {
      columns: {
        table_name: 'text',
        name: 'text',
        type: 'text',
        max_length: 'integer',
        is_nullable: 'integer',
        is_identity: 'integer',
        is_computed: 'integer',
        has_default: 'integer',
        collation_name: 'text',
        increment: 'integer',
        last_id: 'integer',
      },
      rows: columns,
    };
  }

  /** SQL that both databases take, statement by statement. */
  #select(sql: string, parameters: Statement['parameters']): readonly ResultSet[] {
    const ids = this.#staged.size === 0 ? '' : this.#idsApplied();
    return sql
      .split(/;\s*/)
      .filter((statement) => statement !== '')
      .flatMap((statement) => {
        const prepared = this.#connection.prepare(toSqlite(statement, ids));
        prepared.setAllowUnknownNamedParameters(true);
        const rows = prepared.all(
          Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, bound(value)])),
        );
        return statement.startsWith('SELECT') ? [asResult(rows)] : [];
      });
  }

  /** The ids that the records in the #table of the roots have by now. */
  #idsApplied(): string {
    const root = this.#staged.has('session') ? 'session' : 'presentation';
    const kind = root === 'session' ? 'sessions' : 'presentations';
    const lsids = (this.#staged.get(root) ?? []).map(({ lsid }) => `'${String(lsid).replaceAll("'", "''")}'`);
    return `SELECT row_id FROM ic_delivery WHERE kind = '${kind}' AND lsid IN (${lsids.join(', ')})`;
  }

  #run(sql: string, ...values: readonly Value[]): number {
    return Number(this.#connection.prepare(sql).run(...values.map(bound)).lastInsertRowid);
  }
}

const serverTypes = { text: 'nvarchar', integer: 'bigint', time: 'datetime2' } as const;

function rootOf(kind: string): 'session' | 'presentation' {
  return kind === 'sessions' ? 'session' : 'presentation';
}

/** The staged tables whose rows belong to a root's row itself. */
function below(root: string, staged: Iterable<string>): readonly TableName[] {
  return [...staged].filter(
    (table): table is TableName =>
      table in references && table !== 'session_event' && references[table as TableName][0] === `${root}_id`,
  );
}

function cellsOf(table: TableName, row: LoadedRow): readonly Value[] {
  return columnsOf(table).map(({ name }) => row[name] ?? null);
}

function bound(value: Value): string | number | null {
  return value instanceof Date ? value.toISOString().replace('.000Z', 'Z') : value;
}

/** Columns whose text SQLite keeps for an instant are instants to a client of the server. */
function asResult(rows: readonly Readonly<Record<string, unknown>>[]): ResultSet {
  const columns: Record<string, ColumnKind> = {};
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (value !== null || columns[name] === undefined) columns[name] = kindOf(name, value, columns[name]);
    }
  }
  if (rows.length === 0) return { columns: { nothing: 'text' }, rows: [] };
  return {
    columns,
    rows: rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          columns[name] === 'instant' && value !== null ? new Date(String(value)) : (value as Value),
        ]),
      ),
    ),
  };
}

function kindOf(name: string, value: unknown, before: ColumnKind | undefined): ColumnKind {
  if (name.endsWith('_time')) return 'instant';
  if (typeof value !== 'number') return 'text';
  return Math.abs(value) > 0x7fff_ffff || before === 'long' ? 'long' : 'integer';
}

function toSqlite(sql: string, ids: string): string {
  const top = /^SELECT TOP \((\d+)\)/.exec(sql)?.[1];
  const plain = sql
    .replace(/^SELECT TOP \(\d+\)/, 'SELECT')
    .replace(/\(SELECT t\.id FROM #ic_\w+ t\)/g, `(${ids})`)
    .replaceAll('dbo.', '')
    .replace('@@ROWCOUNT', 'changes()')
    .replace(/\bN'/g, "'");
  return top === undefined ? plain : `${plain} LIMIT ${top}`;
}

export function stepOf(sql: string): Step {
  if (/^set ansi_nulls/.test(sql)) return 'options';
  if (/dbo\.ic_(destination|transfer)/.test(sql)) return 'identity';
  if (/sp_getapplock/.test(sql)) return 'lock';
  if (/WITH \(UPDLOCK/.test(sql)) return 'find';
  if (/^insert bulk/i.test(sql)) return 'bulk';
  if (/^IF OBJECT_ID\(N'tempdb/.test(sql)) return 'stage';
  if (/^SET NOCOUNT ON; SET XACT_ABORT ON;/.test(sql)) return 'apply';
  if (/IN \(SELECT t\.id FROM #ic_/.test(sql)) return 'reread';
  if (/^UPDATE (d SET row_count|dbo\.ic_tally)/.test(sql)) return 'note';
  return /ic_watermark/.test(sql) ? 'watermark' : 'look';
}
