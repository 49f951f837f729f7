import type { SqliteConfig } from '../../config/configuration.ts';
import { IcError } from '../../platform/errors.ts';
import { type FileKind, isRecordKind, type Kind, type RecordKind } from '../../platform/kinds.ts';
import type {
  Capabilities,
  CheckResult,
  Claim,
  Comparison,
  Delivery,
  Destination,
  HeldItem,
  HeldKey,
  Outcome,
  Position,
  RecordDelivery,
  RecordedClaim,
  Recovery,
  Renaming,
} from '../destination.ts';
import { type DatabaseContext, databaseKinds } from '../sql/context.ts';
import { compareIdentity, noDatabase } from '../sql/identity.ts';
import {
  MalformedTextError,
  noFiles,
  records,
  refusal,
  refused,
  unchanged,
  written,
} from '../sql/outcomes.ts';
import { entriesAtOnce, pagedEntries } from '../sql/recovery.ts';
import { isCurrent } from '../sql/standing.ts';
import { checkDatabase, databaseExists } from './check.ts';
import { Database } from './database.ts';
import {
  type ClaimKey,
  findHeld,
  findRecord,
  noteDelivery,
  readClaim,
  readEntries,
  writeClaim,
} from './delivery-records.ts';
import {
  countTransaction,
  readId,
  readIdentity,
  readSequence,
  renameRecords,
  requireId,
} from './identity.ts';
import { RecordWriter } from './record-writer.ts';
import { inspectionOf, latestVersion, migrate, schemaVersion } from './schema.ts';
import { isAboutOneRow } from './sqlite-error.ts';

/** A database in one file. A batch is one transaction: readers see all of it or nothing. */
export function createSqliteDestination(config: SqliteConfig, context: DatabaseContext): Destination {
  return new SqliteDestination(config, context);
}

/** Below every id. */
const beforeAll = Number.MIN_SAFE_INTEGER;

class SqliteDestination implements Destination {
  readonly capabilities: Capabilities = {
    kinds: databaseKinds,
    batch: { items: 1000, bytes: 2 * 1024 ** 2 },
    recognises: true,
    keepsRecords: true,
  };
  readonly #config: SqliteConfig;
  readonly #context: DatabaseContext;
  #open: { readonly database: Database; readonly writer: RecordWriter } | null = null;
  #id = '';
  #sequence = 0;

  constructor(config: SqliteConfig, context: DatabaseContext) {
    this.#config = config;
    this.#context = context;
  }

  async open(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const database = await Database.open(this.#config.path, clock, this.#config.sharing);
    this.#open = { database, writer: new RecordWriter(database) };
    const inspect = await inspectionOf(database, clock);
    const version = await database.read(inspect, signal);
    await database.keepLog(signal);
    if (version < latestVersion()) await migrate(database, inspect, clock.now(), signal);
    this.#sequence = await database.read(() => readSequence(database, this.#context.transfer), signal);
    this.#id =
      (await database.read(() => readId(database), signal)) ??
      (await database.write(() => requireId(database, clock.now() / 1000), signal));
  }

  async deliver(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]> {
    signal.throwIfAborted();
    const items = records(batch, this.#config.name);
    if (items.length === 0) return [];
    return this.#write(() => {
      const outcomes = items.map((item) => {
        const outcome = this.#deliverOne(item);
        signal.throwIfAborted();
        return outcome;
      });
      return {
        result: outcomes,
        changed: outcomes.some(({ status }) => status === 'stored' || status === 'updated'),
      };
    }, signal);
  }

  async stagingDirectory(_kind: FileKind): Promise<string> {
    throw noFiles(this.#config.name);
  }

  async advance(kind: Kind, claim: Claim, signal: AbortSignal): Promise<void> {
    const key = this.#key(kind);
    const recorded = await this.#database.read(() => readClaim(this.#database, key), signal);
    if (recorded?.since === claim.since && recorded.until === claim.until) return;
    const now = this.#context.clock.now() / 1000;
    await this.#write(() => {
      writeClaim(this.#database, key, claim, now);
      return { result: undefined, changed: true };
    }, signal);
  }

  async recover(kind: Kind, signal: AbortSignal): Promise<Recovery | null> {
    if (!databaseKinds.has(kind)) return null;
    const database = this.#database;
    const key = { ...this.#context, kind: kind as RecordKind };
    const claim = await database.read(() => readClaim(database, key), signal);
    const entries = pagedEntries(beforeAll, (after) =>
      database.read(() => readEntries(database, key, after, entriesAtOnce), signal),
    );
    return { claim, entries };
  }

  async held(
    kind: Kind,
    items: readonly HeldKey[],
    signal: AbortSignal,
  ): Promise<readonly (HeldItem | null)[]> {
    const nothing = items.map(() => null);
    if (!isRecordKind(kind)) return nothing;
    const { site } = this.#context;
    const look = (database: Database) => {
      const version = schemaVersion(database);
      return version === 0
        ? nothing
        : items.map(({ lsid }) => findHeld(database, version, { site, kind, lsid }));
    };
    if (this.#open !== null) return this.#database.read(() => look(this.#database), signal);
    return this.#readUnopened(look, nothing, signal);
  }

  recorded(kind: Kind, signal: AbortSignal): Promise<RecordedClaim | null> {
    const look = (database: Database) =>
      schemaVersion(database) === 0 ? null : readClaim(database, this.#key(kind));
    return this.#readUnopened(look, null, signal);
  }

  async compare(kind: Kind, known: Position | null, signal: AbortSignal): Promise<Comparison> {
    const look = (database: Database) => readIdentity(database, this.#key(kind), known);
    const identity = await this.#readUnopened(look, noDatabase, signal);
    return { found: compareIdentity(identity, known), place: this.#config.path };
  }

  position(): Position | null {
    if (this.#sequence === 0) return null;
    return { id: this.#id, sequence: this.#sequence, hash: '', transfer: this.#context.transfer };
  }

  async rename(renaming: Renaming, signal: AbortSignal): Promise<void> {
    await this.#write(() => {
      renameRecords(this.#database, renaming);
      return { result: undefined, changed: true };
    }, signal);
  }

  check(signal: AbortSignal): AsyncIterable<CheckResult> {
    return checkDatabase(this.#config, this.#context.clock, signal);
  }

  async close(): Promise<void> {
    this.#open?.database.close();
    this.#open = null;
  }

  /** One transaction, counted when it changes something. */
  async #write<T>(
    work: () => { readonly result: T; readonly changed: boolean },
    signal: AbortSignal,
  ): Promise<T> {
    const database = this.#database;
    const { transfer } = this.#context;
    const { result, sequence } = await database.write(() => {
      const { result, changed } = work();
      return { result, sequence: changed ? countTransaction(database, transfer) : this.#sequence };
    }, signal);
    this.#sequence = sequence;
    return result;
  }

  /** What `look` finds in the file as it is; `otherwise` when there is none. */
  async #readUnopened<T>(look: (database: Database) => T, otherwise: T, signal: AbortSignal): Promise<T> {
    const { path } = this.#config;
    if (!(await databaseExists(path))) return otherwise;
    const database = await Database.openToRead(path, this.#context.clock, signal);
    try {
      return await database.read(() => look(database), signal);
    } finally {
      database.close();
    }
  }

  #key(kind: Kind): ClaimKey {
    const { transfer, site } = this.#context;
    return { transfer, site, kind };
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
      if (!isAboutOneRow(error) && !(error instanceof MalformedTextError)) throw error;
      database.run('ROLLBACK TO record');
      database.run('RELEASE record');
      return refused(refusal(item, (error as Error).message, error));
    }
  }

  #store(item: RecordDelivery): Outcome {
    const { database, writer } = this.#opened;
    const { storeSystemInformation } = this.#config;
    const { standing, noted } = findRecord(database, item);
    if (standing !== null && isCurrent(standing, item, storeSystemInformation))
      return unchanged(item, standing.id);
    const options = { host: item.names.host, storeSystemInformation };
    const stood = writer.write(item, standing?.id ?? null, options);
    noteDelivery(database, item, stood, {
      transfer: this.#context.transfer,
      systemInformation: storeSystemInformation,
      at: this.#context.clock.now() / 1000,
      before: noted,
    });
    return written(item, stood.id, standing === null ? 'stored' : 'updated');
  }
}
