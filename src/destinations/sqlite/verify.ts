import type { SqliteConfig } from '../../config/configuration.ts';
import type { Clock } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
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
  const database = await Database.openExisting(config.path, clock);
  try {
    yield* checkFile(database, config.path);
    if (schemaVersion(database) === 0) throw neverDelivered(config.path);
    for (const kind of verifiedKinds) {
      signal.throwIfAborted();
      const counted = database
        .prepare('SELECT count(*) AS records FROM ic_delivery WHERE kind = ?')
        .get(kind);
      totals.files += Number(counted?.records ?? 0);
      const rows = await database.read(() => database.prepare(mismatches(kind)).all(), signal);
      for (const row of rows) yield toProblem(kind, row as unknown as Mismatch);
    }
  } finally {
    database.close();
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

function* checkFile(database: Database, path: string): Generator<StoredProblem> {
  for (const row of database.prepare('PRAGMA integrity_check').all()) {
    const finding = String(row.integrity_check);
    if (finding !== 'ok')
      yield { kind: 'unreadable', path, message: `SQLite finds it damaged: ${finding}`, item: null };
  }
}
