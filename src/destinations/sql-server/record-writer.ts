import { IcError } from '../../platform/errors.ts';
import type { Outcome, RecordDelivery } from '../destination.ts';
import { minus, noRecords, plus, tallyOf } from '../sql/digest.ts';
import { mapPresentation, mappingVersion, mapSession } from '../sql/mapping.ts';
import { refused, unchanged, written } from '../sql/outcomes.ts';
import { type Found, isCurrent, rootTables, type Standing } from '../sql/standing.ts';
import { recordQueries, storedRecords } from '../sql/stored-records.ts';
import type { AnyRow, Cell, TableName } from '../sql/tables.ts';
import { applySql, stagingSql } from './apply-sql.ts';
import type { Statements } from './client.ts';
import { exactly, findRecords, longestHost, longestLsid, noteContent } from './delivery-records.ts';
import { fit } from './fit.ts';
import { lockFor } from './lock.ts';
import type { Shapes } from './shapes.ts';
import { type FittedRecord, fitPresentation, fitSession, load, Staged } from './staging.ts';

export interface WriteOptions {
  readonly shapes: Shapes;
  readonly storeSystemInformation: boolean;
  readonly transfer: string;
  /** Whether the server can hold NUL in a text; PostgreSQL, and so Babelfish, cannot. */
  readonly holdsNul: boolean;
  /** When it is delivered, in milliseconds. */
  readonly now: number;
}

/** A record that will be written, and what its outcome will be once its id is known. */
interface Write {
  readonly item: RecordDelivery;
  readonly standing: Standing | null;
  readonly noted: Found['noted'];
  readonly fitted: FittedRecord;
}

/**
 * Delivers records of one kind, site and host, each of which occurs once, within a transaction: they are looked up under
 * a lock, and those that are new or changed go to the server as bulk, never as a statement for each row.
 */
export async function writeRecords(
  statements: Statements,
  items: readonly RecordDelivery[],
  options: WriteOptions,
): Promise<ReadonlyMap<RecordDelivery, Outcome>> {
  const [first] = items;
  if (first === undefined) return new Map();
  const { kind, names } = first;
  const { site, host } = names;
  await lockFor(statements, host, `site ${site}`);
  const lsids = items.map(({ names: { lsid } }) => lsid ?? '');
  const known = await findRecords(statements, { kind, site, host }, lsids, options.shapes);
  const outcomes = new Map<RecordDelivery, Outcome>();
  const writes: Write[] = [];
  for (const item of items) {
    const found = known.get(exactly(item.names.lsid)) ?? { standing: null, noted: null };
    const decided = decide(item, found, options);
    if ('fitted' in decided) writes.push(decided);
    else outcomes.set(item, decided);
  }
  if (writes.length > 0) await write(statements, writes, options, outcomes);
  return outcomes;
}

function decide(item: RecordDelivery, { standing, noted }: Found, options: WriteOptions): Write | Outcome {
  if (standing !== null && isCurrent(standing, item, options.storeSystemInformation))
    return unchanged(item, standing.id);
  try {
    return { item, standing, noted, fitted: fitRecord(item, options) };
  } catch (error) {
    if (error instanceof IcError) return refused(error);
    throw error;
  }
}

function fitRecord(
  item: RecordDelivery,
  { shapes, storeSystemInformation, holdsNul }: WriteOptions,
): FittedRecord {
  const { host, lsid } = item.names;
  if ((lsid ?? '').length > longestLsid || host.length > longestHost)
    throw new IcError('io', `Session ${lsid} of ${host} cannot be stored: its LSID or host is too long.`, {
      hint: `ic keeps LSIDs of up to ${longestLsid} and hosts of up to ${longestHost} characters.`,
    });
  const fitRow = (table: TableName, row: AnyRow): readonly Cell[] => {
    const cells = fit(table, row, shapes, item);
    return holdsNul ? cells : cells.map(withoutNul);
  };
  const mapping = { host, storeSystemInformation };
  if (item.kind === 'sessions') return fitSession(mapSession(item.record, mapping), fitRow);
  return fitPresentation(mapPresentation(item.record, mapping), fitRow);
}

function withoutNul(cell: Cell): Cell {
  return typeof cell === 'string' ? cell.replaceAll('\0', '\uFFFD') : cell;
}

async function write(
  statements: Statements,
  writes: readonly Write[],
  options: WriteOptions,
  outcomes: Map<RecordDelivery, Outcome>,
): Promise<void> {
  // New ones first, as the script expects them.
  const inOrder = [
    ...writes.filter(({ standing }) => standing === null),
    ...writes.filter(({ standing }) => standing !== null),
  ];
  const ids = await apply(statements, inOrder, options);
  await noteWhatStands(statements, inOrder, ids);
  for (const [index, { item, standing }] of inOrder.entries()) {
    const id = ids.get(index + 1);
    if (id === undefined) throw new Error(`the server gave no id to ${item.names.lsid}`);
    outcomes.set(item, written(item, id, standing === null ? 'stored' : 'updated'));
  }
}

/** Reads what was written: a trigger, or a column of others, may have made something else of it. */
async function noteWhatStands(
  statements: Statements,
  writes: readonly Write[],
  ids: ReadonlyMap<number, number>,
): Promise<void> {
  const [{ item: first }] = writes as [Write];
  const { kind } = first;
  const where = (column: string): string => `${column} IN (SELECT t.id FROM #ic_${rootTables[kind]} t)`;
  const stored = storedRecords(kind, await statements.query(recordQueries(kind, 'dbo.', where).join(';\n')));
  let change = noRecords;
  const seals = writes.map(({ item, noted, fitted }, index) => {
    const record = stored.get(ids.get(index + 1) ?? Number.NaN);
    if (record === undefined || record.rows !== fitted.rows)
      throw swallowed(item, fitted.rows, record?.rows ?? 0);
    const lsid = item.names.lsid ?? '';
    const before = noted === null ? noRecords : tallyOf(kind, lsid, noted.rowsDigest);
    change = plus(change, minus(tallyOf(kind, lsid, record.digest), before));
    return { rowId: record.id, rowCount: record.rows, rowsDigest: record.digest, before: null };
  });
  await noteContent(statements, kind, seals, change);
}

/** As a trigger's own error: the record is refused alone. */
function swallowed({ names }: RecordDelivery, written: number, kept: number): Error {
  const message = `of ${written} rows that were written below ${names.lsid}, the tables have ${kept}: a trigger may have changed them`;
  return Object.assign(new Error(message), { number: 50_000 });
}

/** The id of each record in the tables, by its place. */
async function apply(
  statements: Statements,
  writes: readonly Write[],
  options: WriteOptions,
): Promise<ReadonlyMap<number, number>> {
  const [{ item }] = writes as [Write];
  const root = rootTables[item.kind];
  await statements.batch(stagingSql(root));
  await load(statements, root, stage(writes));
  const { driver } = statements;
  const sets = await statements.query(applySql(root), {
    kind: { type: driver.NVarChar(32), value: item.kind },
    host: { type: driver.NVarChar(longestHost), value: item.names.host },
    site: { type: driver.NVarChar(255), value: item.names.site },
    transfer: { type: driver.NVarChar(255), value: options.transfer },
    mapping: { type: driver.Int(), value: mappingVersion },
    system_information: { type: driver.Int(), value: options.storeSystemInformation ? 1 : 0 },
    at: { type: driver.DateTime2(3), value: new Date(options.now) },
  });
  return new Map((sets.at(-1) ?? []).map(({ ordinal, id }) => [Number(ordinal), Number(id)]));
}

function stage(writes: readonly Write[]): Staged {
  const staged = new Staged();
  for (const [index, { item, standing, fitted }] of writes.entries()) {
    const { root: cells, rows } = fitted;
    staged.roots.push({ cells, rows, id: standing?.id ?? null, contentHash: item.contentHash });
    fitted.stage(staged, index + 1);
  }
  return staged;
}
