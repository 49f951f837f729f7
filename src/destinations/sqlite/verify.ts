import type { SqliteConfig } from '../../config/configuration.ts';
import type { Clock } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import { sealRecords } from '../sql/seal.ts';
import { type RecordStore, verifyRecords } from '../sql/verify.ts';
import type {
  Sealing,
  StoredItem,
  StoredProblem,
  Verification,
  VerificationTotals,
} from '../verification.ts';
import { deliveredByLsid } from './by-lsid.ts';
import { Database } from './database.ts';
import { contentVersion, inspectionOf, latestVersion, migrate, schemaVersion } from './schema.ts';
import { SqliteSeals } from './seal.ts';

interface Surroundings {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Compares the records of delivery with the rows, and lets SQLite check the file itself. */
export function verifySqlite(config: SqliteConfig, surroundings: Surroundings): Verification {
  const totals = { files: 0, bytes: 0, unsealed: 0 };
  return { totals, problems: verify(config, surroundings, totals) };
}

async function* verify(
  config: SqliteConfig,
  { clock, signal }: Surroundings,
  totals: VerificationTotals,
): AsyncGenerator<StoredProblem> {
  const database = await Database.openToRead(config.path, clock, signal);
  try {
    yield* await database.read(() => checkFile(database), signal);
    const version = await database.read(() => schemaVersion(database), signal);
    if (version === 0) throw neverDelivered(database.path);
    yield* verifyRecords(recordStore(database, version, signal), totals);
  } finally {
    await database.assertUndisturbed().finally(() => database.close());
  }
}

/** Takes the rows as they stand for what was delivered. @throws IcError `io` when SQLite finds the file damaged. */
export async function sealSqlite(config: SqliteConfig, { clock, signal }: Surroundings): Promise<Sealing> {
  const database = await Database.openExisting(config.path, clock);
  try {
    const [damage] = await database.read(() => checkFile(database), signal);
    if (damage !== undefined)
      throw new IcError('io', `The database ${config.path} cannot be sealed: ${damage.message}.`, {
        hint: 'Restore it from a backup.',
      });
    const inspect = await inspectionOf(database, clock);
    const version = await database.read(inspect, signal);
    if (version === 0) throw neverDelivered(config.path);
    await database.keepLog(signal);
    if (version < latestVersion()) await migrate(database, inspect, clock.now(), signal);
    const store = recordStore(database, latestVersion(), signal);
    return await sealRecords(Object.assign(new SqliteSeals(database, signal), store));
  } finally {
    database.close();
  }
}

function recordStore(database: Database, version: number, signal: AbortSignal): RecordStore {
  return {
    schema: '',
    hasDigests: version >= contentVersion,
    first: (count, select) => `${select} LIMIT ${count}`,
    read: (statements, numbers) =>
      database.snapshot(() => statements.map((sql) => database.allExactly(sql, numbers)), signal),
  };
}

/** Lets a record be written anew when it is offered next, although its content is the same. */
export async function distrustInSqlite(
  config: SqliteConfig,
  { kind, site, lsid }: StoredItem,
  { clock, signal }: Surroundings,
): Promise<void> {
  const database = await Database.openExisting(config.path, clock);
  try {
    await database.write(() => {
      const isRecord =
        schemaVersion(database) >= contentVersion
          ? deliveredByLsid('@kind')
          : 'd.kind = @kind AND d.lsid = @lsid';
      database
        .prepare(`UPDATE ic_delivery AS d SET content_hash = '' WHERE ${isRecord} AND d.site = @site`)
        .run({ lsid, kind, site });
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
