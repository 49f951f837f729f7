import type { RecordKind } from '../../platform/kinds.ts';
import type { Sealing } from '../verification.ts';
import type { Tally } from './digest.ts';
import {
  type ComparedRecord,
  comparedRecords,
  disturbed,
  problemOf,
  type RecordStore,
  tallies,
  verifiedKinds,
} from './verify.ts';

/** A delivery record as it should be: what its rows hold now. */
export interface Seal {
  readonly rowId: number;
  readonly rowCount: number;
  readonly rowsDigest: string;
  /** What was noted before. Where something else is noted by now, a pull has written the record anew. */
  readonly before: string | null;
}

/** A database whose records can be sealed. Each call is one transaction. */
export interface SealableStore extends RecordStore {
  seal(kind: RecordKind, seals: readonly Seal[]): Promise<void>;
  /** Deletes the delivery records that name these rows. */
  forget(kind: RecordKind, rowIds: readonly number[]): Promise<void>;
  /** Takes the rows that no delivery record names for others'. */
  acceptForeign(): Promise<void>;
  /** Notes the tally, unless another one than `before` is noted by now: then it gives false. */
  writeTally(kind: RecordKind, tally: Tally, before: Tally | null): Promise<boolean>;
}

const atOnce = 200;

/** Takes what the database holds for what was delivered. */
export async function sealRecords(store: SealableStore): Promise<Sealing> {
  const sealing = { completed: 0, changed: 0, removed: 0 };
  for (const kind of verifiedKinds) {
    let seals: Seal[] = [];
    let gone: number[] = [];
    const write = async (): Promise<void> => {
      if (seals.length > 0) await store.seal(kind, seals);
      if (gone.length > 0) await store.forget(kind, gone);
      [seals, gone] = [[], []];
    };
    for await (const record of comparedRecords(store, kind)) {
      const { stored, rowsDigest } = record;
      const change = changeOf(record);
      if (change === null) continue;
      sealing[change] += 1;
      if (stored === null) gone.push(record.rowId);
      else
        seals.push({
          rowId: stored.id,
          rowCount: stored.rows,
          rowsDigest: stored.digest,
          before: rowsDigest,
        });
      if (seals.length + gone.length >= atOnce) await write();
    }
    await write();
    await sealTally(store, kind);
  }
  await store.acceptForeign();
  return sealing;
}

function changeOf(record: ComparedRecord): keyof Sealing | null {
  if (record.stored === null) return 'removed';
  if (problemOf(record) !== null) return 'changed';
  return record.rowsDigest === null ? 'completed' : null;
}

async function sealTally(store: SealableStore, kind: RecordKind): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { kept, counted } = await tallies(store, kind);
    if (await store.writeTally(kind, counted, kept)) return;
  }
  throw disturbed(kind);
}
