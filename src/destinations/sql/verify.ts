import { IcError } from '../../platform/errors.ts';
import type { RecordKind } from '../../platform/kinds.ts';
import type { StoredProblem, VerificationTotals } from '../verification.ts';
import { noRecords, plus, type StoredRow, type Tally, tallyColumns, tallyOf } from './digest.ts';
import { rootTables } from './standing.ts';
import { recordQueries, type StoredRecord, storedRecords, type Where } from './stored-records.ts';
import { references, type TableName } from './tables.ts';

export type Numbers = Readonly<Record<string, number>>;

/** A database as verification reads it. SQL names its tables as `${schema}TABLE`, its numbers as `@NAME`. */
export interface RecordStore {
  readonly schema: '' | 'dbo.';
  /** Whether its delivery records have digests: those of version 0.1.0 have none. */
  readonly hasDigests: boolean;
  /** The result set of each statement, all in one transaction. */
  read(statements: readonly string[], numbers: Numbers): Promise<readonly (readonly StoredRow[])[]>;
  /** The first rows that a SELECT gives. */
  first(count: number, select: string): string;
}

/** A delivery record, and what its rows hold now. */
export interface ComparedRecord {
  readonly kind: RecordKind;
  readonly site: string;
  readonly lsid: string;
  readonly host: string;
  readonly transfer: string;
  readonly rowId: number;
  readonly rowCount: number;
  /** Null: delivered by version 0.1.0. */
  readonly rowsDigest: string | null;
  /** Null: the row itself is gone. */
  readonly stored: StoredRecord | null;
}

export const verifiedKinds: readonly RecordKind[] = ['sessions', 'presentations'];

/** Below every id. */
const beforeAll = Number.MIN_SAFE_INTEGER;

/** Records that are read at once, unless they have more rows than this below them. */
const recordsAtOnce = 500;
const rowsAtOnce = 20_000;

/** What is wrong with what was delivered, and what is there beside it. */
export async function* verifyRecords(
  store: RecordStore,
  totals: VerificationTotals,
): AsyncGenerator<StoredProblem> {
  for (const kind of verifiedKinds) {
    for await (const record of comparedRecords(store, kind)) {
      totals.files += 1;
      if (record.rowsDigest === null) totals.unsealed += 1;
      if (problemOf(record) === null) continue;
      const now = await settled(store, record);
      const problem = now === null ? null : problemOf(now);
      if (problem !== null) yield problem;
    }
    yield* unknownRecords(store, kind);
    if (store.hasDigests) yield* tallyProblems(store, kind);
  }
  yield* orphans(store);
}

/** Every delivery record of a kind with what it names, in the order of row ids. */
export async function* comparedRecords(store: RecordStore, kind: RecordKind): AsyncGenerator<ComparedRecord> {
  for (let after = beforeAll; ; ) {
    const heads = await nextHeads(store, kind, after);
    if (heads.length === 0) return;
    const [from, to] = [Number(heads[0]?.row_id), Number(heads.at(-1)?.row_id)];
    const where: Where = (column) => `${column} BETWEEN @from AND @to`;
    const sets = await store.read(recordQueries(kind, store.schema, where), { from, to });
    const stored = storedRecords(kind, sets);
    for (const head of heads) yield compared(kind, head, stored.get(Number(head.row_id)) ?? null);
    after = to;
  }
}

async function nextHeads(store: RecordStore, kind: RecordKind, after: number): Promise<readonly StoredRow[]> {
  const heads = await headsAfter(store, kind, after, recordsAtOnce);
  let rows = 0;
  for (const { row_count: count, row_id: last } of heads) {
    rows += Number(count);
    if (rows > rowsAtOnce) return heads.filter(({ row_id }) => Number(row_id) <= Number(last));
  }
  return heads;
}

/** Delivery records that name one row are never parted: one that names another's row would be passed over. */
async function headsAfter(
  store: RecordStore,
  kind: RecordKind,
  after: number,
  count: number,
): Promise<readonly StoredRow[]> {
  const select = store.first(count, headsSelect(store, kind, 'd.row_id > @after'));
  const [heads = []] = await store.read([select], { after });
  if (heads.length < count) return heads;
  const whole = heads.filter(({ row_id }) => row_id !== heads.at(-1)?.row_id);
  return whole.length === 0 ? heads : whole;
}

function headsSelect({ schema, hasDigests }: RecordStore, kind: RecordKind, condition: string): string {
  const digest = hasDigests ? 'd.rows_digest' : 'NULL AS rows_digest';
  return `SELECT d.site, d.lsid, d.host_name, d.transfer, d.row_id, d.row_count, ${digest} FROM ${schema}ic_delivery d WHERE d.kind = '${kind}' AND ${condition} ORDER BY d.row_id`;
}

function compared(kind: RecordKind, head: StoredRow, stored: StoredRecord | null): ComparedRecord {
  return {
    kind,
    site: String(head.site),
    lsid: String(head.lsid),
    host: String(head.host_name),
    transfer: String(head.transfer),
    rowId: Number(head.row_id),
    rowCount: Number(head.row_count),
    rowsDigest: head.rows_digest === null ? null : String(head.rows_digest),
    stored,
  };
}

/**
 * Rereads a record that a pull may have been writing while it was read, until its delivery record stays the same; null
 * when it has become another row's.
 */
async function settled(store: RecordStore, record: ComparedRecord): Promise<ComparedRecord | null> {
  const { kind, site, lsid } = record;
  const where: Where = (column) => `${column} = @id`;
  const heads = headsSelect(store, kind, where('d.row_id'));
  const statements = [heads, ...recordQueries(kind, store.schema, where), heads];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const sets = await store.read(statements, { id: record.rowId });
    const ofRecord = (rows: readonly StoredRow[] = []) =>
      rows.find((row) => row.site === site && row.lsid === lsid) ?? null;
    const [before, after] = [ofRecord(sets[0]), ofRecord(sets.at(-1))];
    if (before === null || after === null) return null;
    if (before.rows_digest !== after.rows_digest) continue;
    const stored = storedRecords(kind, sets.slice(1, -1)).get(record.rowId) ?? null;
    return compared(kind, after, stored);
  }
  throw disturbed(`${rootTables[kind]} ${lsid}`);
}

export function disturbed(subject: string): IcError {
  return new IcError(
    'io',
    `The records of ${subject} were written to again and again while they were read.`,
    {
      hint: 'Verify again when no pull is under way.',
    },
  );
}

export function problemOf({ stored, ...record }: ComparedRecord): StoredProblem | null {
  const { kind, site, transfer, lsid, host, rowCount, rowsDigest } = record;
  const unknown = { lseq: null, sessionType: null, externalKey: null, startTime: null, endTime: null };
  const item = { transfer, site, kind, lsid, instance: null, ...unknown };
  const path = `${rootTables[kind]} ${lsid} of ${host}`;
  if (stored === null) return { kind: 'missing', path, message: 'was delivered, and its row is gone', item };
  if (stored.rows !== rowCount)
    return {
      kind: 'altered',
      path,
      message: `was delivered with ${rowCount} rows below it, and has ${stored.rows}`,
      item,
    };
  if (rowsDigest === null || stored.digest === rowsDigest) return null;
  return { kind: 'altered', path, message: 'its rows do not hold what was delivered', item };
}

/** Rows of the root table that no delivery record names, above those that were there before ic. */
async function* unknownRecords(store: RecordStore, kind: RecordKind): AsyncGenerator<StoredProblem> {
  const { schema } = store;
  const table = rootTables[kind];
  const select = `SELECT r.id, r.lsid, r.host_name FROM ${schema}${table} r LEFT JOIN ${schema}ic_delivery d ON d.kind = '${kind}' AND d.row_id = r.id WHERE d.row_id IS NULL AND r.id > @after ORDER BY r.id`;
  for (let after = await foreignUpTo(store, table); ; ) {
    const [rows = []] = await store.read([store.first(recordsAtOnce, select)], { after });
    for (const { id, lsid, host_name: host } of rows) {
      const path = `${table} ${String(lsid)} of ${String(host)}`;
      const message = `no delivery record names its row (id ${String(id)}): it was not delivered by ic`;
      yield { kind: 'unknown', path, message, item: null };
    }
    if (rows.length < recordsAtOnce) return;
    after = Number(rows.at(-1)?.id);
  }
}

async function foreignUpTo(store: RecordStore, table: TableName): Promise<number> {
  if (!store.hasDigests) return 0;
  const [rows] = await store.read(
    [`SELECT up_to FROM ${store.schema}ic_foreign WHERE table_name = '${table}'`],
    {},
  );
  return Number(rows?.[0]?.up_to ?? 0);
}

/** Rows whose parents are gone, in any table. */
async function* orphans(store: RecordStore): AsyncGenerator<StoredProblem> {
  for (const [table, [reference, second]] of Object.entries(references) as [TableName, readonly string[]][]) {
    if (reference === undefined) continue;
    const joins = [reference, ...(second === undefined ? [] : [second])].map((column, index) => {
      const parent = column.replace(/_id$/, '');
      return `LEFT JOIN ${store.schema}${parent} p${index} ON p${index}.id = x.${column}`;
    });
    const gone = joins.map((_, index) => `p${index}.id IS NULL`).join(' AND ');
    const select = `SELECT COUNT(*) AS lost, MIN(x.id) AS first_id FROM ${store.schema}${table} x ${joins.join(' ')} WHERE ${gone} AND x.id > @after`;
    const [rows] = await store.read([select], { after: await foreignUpTo(store, table) });
    const lost = Number(rows?.[0]?.lost ?? 0);
    if (lost === 0) continue;
    const message = `rows that belong to no session: ${lost}, from id ${String(rows?.[0]?.first_id)} on`;
    yield { kind: 'unknown', path: table, message, item: null };
  }
}

/** Whether the delivery records are those that were written. */
async function* tallyProblems(store: RecordStore, kind: RecordKind): AsyncGenerator<StoredProblem> {
  const { kept, counted } = await tallies(store, kind);
  if (kept !== null && kept.records === counted.records && String(kept.parts) === String(counted.parts))
    return;
  const message =
    kept === null
      ? 'the count of its delivery records is gone'
      : kept.records === counted.records
        ? 'its delivery records are not those that were written'
        : `of ${kept.records} delivery records that were written, it has ${counted.records}`;
  const remedy = 'Deliver what is missing again with ic pull --since, then ic verify --seal.';
  yield {
    kind: 'chain',
    path: `${store.schema}ic_delivery, ${kind}`,
    message: `${message}. ${remedy}`,
    item: null,
  };
}

/** The tally that was kept, and that of the delivery records as they stand, of one moment. */
export async function tallies(
  store: RecordStore,
  kind: RecordKind,
): Promise<{ readonly kept: Tally | null; readonly counted: Tally }> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const before = await keptTally(store, kind);
    const counted = await countRecords(store, kind);
    const kept = await keptTally(store, kind);
    if (JSON.stringify(before) === JSON.stringify(kept)) return { kept, counted };
  }
  throw disturbed(kind);
}

async function keptTally(store: RecordStore, kind: RecordKind): Promise<Tally | null> {
  const select = `SELECT records, ${tallyColumns.join(', ')} FROM ${store.schema}ic_tally WHERE kind = '${kind}'`;
  const [rows] = await store.read([select], {});
  const row = rows?.[0];
  if (row === undefined) return null;
  const [a, b, c, d] = tallyColumns.map((column) => Number(row[column])) as [number, number, number, number];
  return { records: Number(row.records), parts: [a, b, c, d] };
}

async function countRecords(store: RecordStore, kind: RecordKind): Promise<Tally> {
  let sum = noRecords;
  for (let after = beforeAll; ; ) {
    const heads = await headsAfter(store, kind, after, 10_000);
    if (heads.length === 0) return sum;
    for (const { lsid, rows_digest: digest } of heads)
      sum = plus(sum, tallyOf(kind, String(lsid), digest === null ? null : String(digest)));
    after = Number(heads.at(-1)?.row_id);
  }
}
