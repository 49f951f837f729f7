import type { LoadedRow, Statement } from './requests.ts';
import type { ResultSet } from './tokens.ts';
import type { Value } from './values.ts';

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
  | 'watermark'
  | 'identity'
  | 'commit'
  | 'rollback';

export interface StoredRecord {
  readonly id: number;
  readonly kind: string;
  readonly host: string;
  readonly lsid: string;
  readonly hash: string;
  readonly rows: readonly LoadedRow[];
}

interface Contents {
  readonly records: ReadonlyMap<string, StoredRecord>;
  readonly watermarks: ReadonlyMap<string, { readonly since: Date; readonly watermark: Date }>;
  /** Transactions counted. */
  readonly sequence: number;
  readonly lastId: number;
}

/**
 * As much of a database as our statements can tell from a real one: records are found, replaced and added as a whole.
 * It says nothing of whether the SQL is right; it is there so that the protocol can be cut off at any step.
 */
export class MemoryDatabase {
  contents: Contents = { records: new Map(), watermarks: new Map(), sequence: 0, lastId: 0 };

  get records(): readonly StoredRecord[] {
    return [...this.contents.records.values()];
  }
}

/** One connection's view: its transaction and its #tables. */
export class MemorySession {
  readonly #database: MemoryDatabase;
  readonly #staged = new Map<string, readonly LoadedRow[]>();
  #transaction: Contents | null = null;
  #loading = '';

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  begin(): void {
    this.#transaction = this.#database.contents;
  }

  commit(): void {
    if (this.#transaction !== null) this.#database.contents = this.#transaction;
    this.#transaction = null;
  }

  rollback(): void {
    this.#transaction = null;
  }

  load(rows: readonly LoadedRow[]): void {
    this.#staged.set(this.#loading, rows);
  }

  execute({ sql, parameters }: Statement): readonly ResultSet[] {
    switch (stepOf(sql)) {
      case 'stage':
        this.#staged.clear();
        return [];
      case 'bulk':
        this.#loading = /^insert bulk \[#ic_(\w+)\]/i.exec(sql)?.[1] ?? '';
        return [];
      case 'find':
        return this.#find(parameters, /kind = N'(\w+)'/.exec(sql)?.[1] ?? '');
      case 'apply':
        return this.#apply(parameters);
      case 'watermark':
        return this.#watermark(sql, parameters);
      case 'identity':
        return this.#identity(sql);
      case 'lock':
        return [{ columns: { result: 'integer' }, rows: [{ result: 0 }] }];
      case 'options':
        return [];
      default:
        return look(sql);
    }
  }

  get #contents(): Contents {
    return this.#transaction ?? this.#database.contents;
  }

  #find(parameters: Statement['parameters'], kind: string): readonly ResultSet[] {
    const lsids = Object.entries(parameters).filter(([name]) => /^l\d+$/.test(name));
    const found = lsids.flatMap(([, lsid]) => {
      return this.#contents.records.get(keyOf(kind, parameters.host ?? '', lsid)) ?? [];
    });
    return [
      { columns: { id: 'integer', lsid: 'text' }, rows: found.map(({ id, lsid }) => ({ id, lsid })) },
      {
        columns: { lsid: 'text', content_hash: 'text', mapping: 'integer', system_information: 'integer' },
        rows: found.map(({ lsid, hash }) => ({
          lsid,
          content_hash: hash,
          mapping: 1,
          system_information: 0,
        })),
      },
    ];
  }

  #apply({ kind, host }: Statement['parameters']): readonly ResultSet[] {
    const roots = this.#staged.get(kind === 'sessions' ? 'session' : 'presentation') ?? [];
    const records = new Map(this.#contents.records);
    let { lastId } = this.#contents;
    const applied = roots.map((root) => {
      if (root.id === null) lastId += 1;
      const id = root.id === null ? lastId : Number(root.id);
      const record = {
        id,
        kind: String(kind),
        host: String(host),
        lsid: String(root.lsid),
        hash: String(root.content_hash),
      };
      records.set(keyOf(kind ?? '', host ?? '', root.lsid ?? ''), {
        ...record,
        rows: [root, ...this.#below(root)],
      });
      return { ordinal: root.ordinal ?? 0, id };
    });
    this.#transaction = { ...this.#contents, records, lastId };
    return [{ columns: { ordinal: 'integer', id: 'integer' }, rows: applied }];
  }

  #below(root: LoadedRow): readonly LoadedRow[] {
    const events = (this.#staged.get('session_event') ?? []).filter((row) => row.parent === root.ordinal);
    const ordinals = new Set(events.map((event) => event.ordinal));
    const data = (this.#staged.get('session_event_data') ?? []).filter((row) =>
      ordinals.has(row.parent ?? null),
    );
    return [...events, ...data];
  }

  #watermark(
    sql: string,
    { transfer, kind, since, watermark }: Statement['parameters'],
  ): readonly ResultSet[] {
    const key = `${transfer} ${kind}`;
    if (sql.startsWith('UPDATE')) {
      const watermarks = new Map(this.#contents.watermarks).set(key, {
        since: since as Date,
        watermark: watermark as Date,
      });
      this.#transaction = { ...this.#contents, watermarks };
      return [];
    }
    const found = this.#contents.watermarks.get(key);
    const rows = found === undefined ? [] : [found];
    return [{ columns: { since: 'instant', watermark: 'instant' }, rows }];
  }

  #identity(sql: string): readonly ResultSet[] {
    if (/ic_destination/.test(sql)) return [{ columns: { id: 'text' }, rows: [{ id: 'in-memory' }] }];
    const sequence = this.#contents.sequence + (sql.startsWith('UPDATE') ? 1 : 0);
    if (sql.startsWith('UPDATE')) this.#transaction = { ...this.#contents, sequence };
    return [{ columns: { sequence: 'integer' }, rows: [{ sequence }] }];
  }
}

export function stepOf(sql: string): Step {
  if (/^set ansi_nulls/.test(sql)) return 'options';
  if (/dbo\.ic_(destination|transfer)/.test(sql)) return 'identity';
  if (/sp_getapplock/.test(sql)) return 'lock';
  if (/WITH \(UPDLOCK/.test(sql)) return 'find';
  if (/^insert bulk/i.test(sql)) return 'bulk';
  if (/^IF OBJECT_ID\(N'tempdb/.test(sql)) return 'stage';
  if (/^SET NOCOUNT ON; SET XACT_ABORT ON;/.test(sql)) return 'apply';
  return /ic_watermark/.test(sql) ? 'watermark' : 'look';
}

/** A schema that is up to date, with columns that take everything. */
function look(sql: string): readonly ResultSet[] {
  const rows: readonly (readonly [RegExp, string, Value])[] = [
    [/OBJECT_ID\(N'dbo\.ic_schema'\)/, 'id', 1],
    [/MAX\(version\)/, 'version', 2],
    [/babelfish/, 'babelfish', null],
    [/DB_ID/, 'id', 5],
  ];
  const known = rows.find(([pattern]) => pattern.test(sql));
  if (known === undefined) return [{ columns: { name: 'text' }, rows: [] }];
  const [, name, value] = known;
  return [{ columns: { [name]: 'integer' }, rows: [{ [name]: value }] }];
}

/** As most collations have it, upper and lower case are the same. */
function keyOf(kind: Value, host: Value, lsid: Value): string {
  return [kind, host, String(lsid).toLowerCase()].join(' ');
}
