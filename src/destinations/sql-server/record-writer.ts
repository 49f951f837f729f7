import { IcError } from '../../platform/errors.ts';
import type { Outcome, RecordDelivery } from '../destination.ts';
import { mapPresentation, mappingVersion, mapSession } from '../sql/mapping.ts';
import { refused, unchanged, written } from '../sql/outcomes.ts';
import { isCurrent, rootTables, type Standing } from '../sql/standing.ts';
import type { AnyRow, Cell, TableName } from '../sql/tables.ts';
import { applySql, stagingSql } from './apply-sql.ts';
import type { Statements } from './client.ts';
import {
  exactly,
  type FoundRecord,
  findStanding,
  keyOf,
  longestHost,
  longestLsid,
} from './delivery-records.ts';
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
  readonly fitted: FittedRecord;
}

/**
 * Delivers records of one kind and one host, each of which occurs once, within a transaction: they are looked up under
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
  await lockFor(statements, names.host);
  const known = await findStanding(
    statements,
    kind,
    names.host,
    items.map(({ names: { lsid } }) => lsid ?? ''),
  );
  const outcomes = new Map<RecordDelivery, Outcome>();
  const writes: Write[] = [];
  for (const item of items) {
    const standing = known.get(keyOf(item.names.lsid)) ?? null;
    const decided = decide(item, standing, options);
    if ('fitted' in decided) writes.push(decided);
    else outcomes.set(item, decided);
  }
  if (writes.length > 0) await write(statements, writes, options, outcomes);
  return outcomes;
}

function decide(item: RecordDelivery, standing: FoundRecord | null, options: WriteOptions): Write | Outcome {
  if (standing !== null && standing.lsid !== exactly(item.names.lsid))
    return refused(takenForAnother(item, standing.lsid));
  if (standing !== null && isCurrent(standing, item, options.storeSystemInformation))
    return unchanged(item, standing.id);
  try {
    return { item, standing, fitted: fitRecord(item, options) };
  } catch (error) {
    if (error instanceof IcError) return refused(error);
    throw error;
  }
}

/** Some collations take LSIDs that differ in case, or in accents, for one; to the appliance they are two. */
function takenForAnother({ kind, names: { lsid, host } }: RecordDelivery, other: string): IcError {
  const table = rootTables[kind];
  return new IcError(
    'io',
    `The database cannot hold ${table} ${lsid} of ${host} beside ${table} ${other}: its collation takes their LSIDs for the same.`,
    {
      hint: `Give lsid in dbo.${table} and in dbo.ic_delivery a collation that ends in _BIN2; the next run offers it again.`,
    },
  );
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
  for (const [index, { item, standing }] of inOrder.entries()) {
    const id = ids.get(index + 1);
    if (id === undefined) throw new Error(`the server gave no id to ${item.names.lsid}`);
    outcomes.set(item, written(item, id, standing === null ? 'stored' : 'updated'));
  }
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
