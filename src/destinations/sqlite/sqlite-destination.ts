import type { SqliteConfig } from '../../config/configuration.ts';
import type { UnixSeconds } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import type { FileKind, Kind, RecordKind } from '../../platform/kinds.ts';
import type {
  Capabilities,
  CheckResult,
  Delivery,
  Destination,
  Outcome,
  RecordDelivery,
  Recovery,
} from '../destination.ts';
import { type DatabaseContext, databaseKinds } from '../sql/context.ts';
import { noFiles, records, refusal, refused, unchanged, written } from '../sql/outcomes.ts';
import { entriesAtOnce, pagedEntries } from '../sql/recovery.ts';
import { isCurrent } from '../sql/standing.ts';
import { checkDatabase, databaseExists } from './check.ts';
import { Database } from './database.ts';
import {
  findStanding,
  noteDelivery,
  readEntries,
  readWatermark,
  writeWatermark,
} from './delivery-records.ts';
import { RecordWriter } from './record-writer.ts';
import { inspectionOf, latestVersion, migrate, schemaVersion } from './schema.ts';
import { isAboutOneRow } from './sqlite-error.ts';

/** A database in one file. A batch is one transaction: readers see all of it or nothing. */
export function createSqliteDestination(config: SqliteConfig, context: DatabaseContext): Destination {
  return new SqliteDestination(config, context);
}

class SqliteDestination implements Destination {
  readonly capabilities: Capabilities = {
    kinds: databaseKinds,
    batch: { items: 500, bytes: 256 * 1024 },
    recognises: true,
    keepsRecords: true,
  };
  readonly #config: SqliteConfig;
  readonly #context: DatabaseContext;
  #open: { readonly database: Database; readonly writer: RecordWriter } | null = null;

  constructor(config: SqliteConfig, context: DatabaseContext) {
    this.#config = config;
    this.#context = context;
  }

  async open(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const database = await Database.open(this.#config.path, clock);
    this.#open = { database, writer: new RecordWriter(database) };
    const inspect = await inspectionOf(database, clock);
    const version = await database.read(inspect, signal);
    await database.keepLog(signal);
    if (version < latestVersion()) await migrate(database, inspect, clock.now(), signal);
  }

  async deliver(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]> {
    signal.throwIfAborted();
    const items = records(batch, this.#config.name);
    if (items.length === 0) return [];
    return this.#database.write(
      () =>
        items.map((item) => {
          const outcome = this.#deliverOne(item);
          signal.throwIfAborted();
          return outcome;
        }),
      signal,
    );
  }

  async stagingDirectory(_kind: FileKind): Promise<string> {
    throw noFiles(this.#config.name);
  }

  async advance(kind: Kind, watermark: UnixSeconds, signal: AbortSignal): Promise<void> {
    const key = { ...this.#context, kind };
    const recorded = await this.#database.read(() => readWatermark(this.#database, key), signal);
    if (recorded === watermark) return;
    const now = this.#context.clock.now() / 1000;
    await this.#database.write(() => writeWatermark(this.#database, key, watermark, now), signal);
  }

  async recover(kind: Kind, signal: AbortSignal): Promise<Recovery | null> {
    if (!databaseKinds.has(kind)) return null;
    const database = this.#database;
    const key = { ...this.#context, kind: kind as RecordKind };
    const watermark = await database.read(() => readWatermark(database, key), signal);
    const entries = pagedEntries((after) =>
      database.read(() => readEntries(database, key, after, entriesAtOnce), signal),
    );
    return { watermark, entries };
  }

  async recorded(kind: Kind, signal: AbortSignal): Promise<UnixSeconds | null> {
    const { path } = this.#config;
    if (!(await databaseExists(path))) return null;
    const database = await Database.openToRead(path, this.#context.clock, signal);
    try {
      const key = { ...this.#context, kind };
      return await database.read(
        () => (schemaVersion(database) === 0 ? null : readWatermark(database, key)),
        signal,
      );
    } finally {
      database.close();
    }
  }

  check(signal: AbortSignal): AsyncIterable<CheckResult> {
    return checkDatabase(this.#config, this.#context.clock, signal);
  }

  async close(): Promise<void> {
    this.#open?.database.close();
    this.#open = null;
  }

  get #database(): Database {
    return this.#opened.database;
  }

  get #opened() {
    if (this.#open !== null) return this.#open;
    throw new IcError('internal', `The destination ${this.#config.name} is used before it was opened.`);
  }

  /** Within a savepoint, so that a record that cannot be stored takes nothing else with it. */
  #deliverOne(item: RecordDelivery): Outcome {
    const { database } = this.#opened;
    database.run('SAVEPOINT record');
    try {
      const outcome = this.#store(item);
      database.run('RELEASE record');
      return outcome;
    } catch (error) {
      if (!isAboutOneRow(error)) throw error;
      database.run('ROLLBACK TO record');
      database.run('RELEASE record');
      return refused(refusal(item, (error as Error).message, error));
    }
  }

  #store(item: RecordDelivery): Outcome {
    const { database, writer } = this.#opened;
    const { storeSystemInformation } = this.#config;
    const standing = findStanding(database, item);
    if (standing !== null && isCurrent(standing, item, storeSystemInformation))
      return unchanged(item, standing.id);
    const options = { host: item.names.host, storeSystemInformation };
    const stood = writer.write(item, standing?.id ?? null, options);
    noteDelivery(database, item, stood, {
      transfer: this.#context.transfer,
      systemInformation: storeSystemInformation,
      at: this.#context.clock.now() / 1000,
    });
    return written(item, stood.id, standing === null ? 'stored' : 'updated');
  }
}
