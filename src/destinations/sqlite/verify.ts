import type { SqliteConfig } from '../../config/configuration.ts';
import type { Clock } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import type { RecordKind } from '../../platform/kinds.ts';
import { type Mismatch, mismatches, toProblem, verifiedKinds } from '../sql/verify.ts';
import type { StoredItem, StoredProblem, Verification } from '../verification.ts';
import { Database } from './database.ts';
import { schemaVersion } from './schema.ts';

/** Compares the records of delivery with the rows, and lets SQLite check the file itself. */
export function verifySqlite(
  config: SqliteConfig,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): Verification {
  const totals = { files: 0, bytes: 0 };
  return { totals, problems: verify(config, options, totals) };
}

async function* verify(
  config: SqliteConfig,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  totals: { files: number },
): AsyncGenerator<StoredProblem> {
  const database = await Database.openToRead(config.path, clock, signal);
  try {
    yield* compareAll(database, signal, totals);
  } finally {
    await database.assertUndisturbed().finally(() => database.close());
  }
}

async function* compareAll(
  database: Database,
  signal: AbortSignal,
  totals: { files: number },
): AsyncGenerator<StoredProblem> {
  yield* await database.read(() => checkFile(database), signal);
  if ((await database.read(() => schemaVersion(database), signal)) === 0) throw neverDelivered(database.path);
  for (const kind of verifiedKinds) {
    const { records, rows } = await database.read(() => compare(database, kind), signal);
    totals.files += records;
    for (const row of rows) yield toProblem(kind, row);
  }
}

/** Lets a record be written anew when it is offered next, although its content is the same. */
export async function distrustInSqlite(
  config: SqliteConfig,
  { kind, site, lsid }: StoredItem,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const database = await Database.openExisting(config.path, clock);
  try {
    await database.write(() => {
      database
        .prepare(`UPDATE ic_delivery SET content_hash = '' WHERE lsid = ? AND kind = ? AND site = ?`)
        .run(lsid, kind, site);
    }, signal);
  } finally {
    database.close();
  }
}

function neverDelivered(path: string): IcError {
  return new IcError('io', `${path} holds no records of deliveries: nothing was delivered into it.`, {
    hint: 'Check path of the destination; the next pull makes a new database there.',
  });
}

function checkFile(database: Database): readonly StoredProblem[] {
  return database
    .prepare('PRAGMA integrity_check')
    .all()
    .map((row) => String(row.integrity_check))
    .filter((finding) => finding !== 'ok')
    .map((finding) => ({
      kind: 'unreadable',
      path: database.path,
      message: `SQLite finds it damaged: ${finding}`,
      item: null,
    }));
}

function compare(
  database: Database,
  kind: RecordKind,
): { readonly records: number; readonly rows: readonly Mismatch[] } {
  const count = 'SELECT count(*) AS records FROM ic_delivery WHERE kind = ?';
  const records = Number(database.prepare(count).get(kind)?.records ?? 0);
  return { records, rows: database.prepare(mismatches(kind)).all() as unknown as readonly Mismatch[] };
}
