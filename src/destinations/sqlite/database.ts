import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import { orIoError } from '../../platform/io-error.ts';
import { killPoint } from '../../platform/kill-point.ts';
import { openOwnFile, prepareDatabase } from '../../platform/own-file.ts';
import { makeSharedDirectories, notShared, rightsOf, type Sharing } from '../../platform/sharing.ts';
import { isBusy, isUnwritable, sqliteError } from './sqlite-error.ts';

/** Longest that a write waits for other programs. */
const patienceMs = 60_000;

/** SQLite's own waiting keeps the whole process waiting, so it is short, and repeated from outside. */
const busyTimeoutMs = 50;
const pauseMs = 100;

type Cells = readonly (string | number | bigint | null | Uint8Array)[];

type ExactRow = Readonly<Record<string, Cells[number]>>;

interface ExactStatement {
  readonly statement: StatementSync;
  readonly names: readonly string[];
}

/** A connection to the database file. Every error that a person can do something about is an `io` error. */
export class Database {
  readonly path: string;
  readonly #connection: DatabaseSync;
  readonly #clock: Clock;
  /** When the file was last written to, by its own time, if that has to stay so while it is read; else null. */
  #unchangedSince: number | null = null;
  readonly #statements = new Map<string, StatementSync>();
  readonly #exact = new Map<string, ExactStatement>();

  private constructor(path: string, connection: DatabaseSync, clock: Clock) {
    this.path = path;
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Opens the file, and creates it with its directory when it is missing. It is to be written to after `keepLog`. */
  static async open(path: string, clock: Clock, sharing: Sharing = notShared): Promise<Database> {
    await makeSharedDirectories(dirname(path), sharing);
    prepareDatabase(path, { create: true, rights: rightsOf(sharing) });
    return Database.#connect(path, clock);
  }

  /** As `open`, for looking only: sets nothing in the file, and fails when there is none. */
  static async openExisting(path: string, clock: Clock): Promise<Database> {
    prepareDatabase(path, { create: false });
    return Database.#connect(path, clock);
  }

  /** As `openExisting`, for one who may only read the file, or should: nothing is written, nor left beside it. */
  static async openToRead(path: string, clock: Clock, signal: AbortSignal): Promise<Database> {
    prepareDatabase(path, { create: false });
    if (await mayWrite(path)) {
      const database = await Database.#connect(path, clock);
      try {
        await database.read(
          () => database.run('PRAGMA query_only = ON; SELECT 1 FROM sqlite_schema'),
          signal,
        );
        return database;
      } catch (error) {
        database.close();
        if (!isUnwritable(error)) throw error;
      }
    }
    // A reader wants files beside a database in WAL mode. Where it may make none, it must know that nobody writes.
    const immutable = !(await hasLog(path));
    const { mtimeMs } = await orIoError(stat(path), path, 'open');
    const database = await Database.#connect(path, clock, { readOnly: true, immutable });
    if (immutable) database.#unchangedSince = mtimeMs;
    return database;
  }

  static async #connect(
    path: string,
    clock: Clock,
    { readOnly = false, immutable = false } = {},
  ): Promise<Database> {
    const { DatabaseSync } = await importSqlite();
    const location = immutable ? new URL(`${pathToFileURL(path).href}?immutable=1`) : path;
    try {
      const options = { timeout: busyTimeoutMs, enableForeignKeyConstraints: true, readOnly };
      return new Database(path, new DatabaseSync(location, options), clock);
    } catch (error) {
      throw sqliteError(error, path);
    }
  }

  /** @throws IcError `io` when somebody wrote what was being read as if nobody did: what was found says nothing. */
  async assertUndisturbed(): Promise<void> {
    if (this.#unchangedSince === null) return;
    const { mtimeMs } = await orIoError(stat(this.path), this.path, 'read');
    if (mtimeMs === this.#unchangedSince && !(await hasLog(this.path))) return;
    throw new IcError('io', `The database ${this.path} was written to while it was read.`, {
      hint: 'Run again when no pull is under way, or as a user who may write to it.',
    });
  }

  /** One that is gone when it is closed. */
  static inMemory(clock: Clock): Promise<Database> {
    return Database.#connect(':memory:', clock);
  }

  /** Makes the file one in WAL mode, which it stays: so its owner should be sure of it. */
  async keepLog(signal: AbortSignal): Promise<void> {
    await this.#patiently(signal, () => {
      // Readers see the last commit while the next is written; FULL makes each commit durable in itself.
      this.run('PRAGMA journal_mode = WAL');
      this.run('PRAGMA synchronous = FULL');
      this.run('PRAGMA journal_size_limit = 67108864');
      // Pages that change with each batch come into the file once for many of them. In pages of 4 KiB.
      this.run('PRAGMA wal_autocheckpoint = 16384; PRAGMA cache_size = 4096');
      // What a savepoint can take back stands in no file.
      this.run('PRAGMA temp_store = MEMORY');
    });
  }

  /** The statement of this text, prepared once. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Its rows; whole numbers come as bigint, since not all that a file may hold are safe integers. */
  allExactly(sql: string, numbers: Readonly<Record<string, number>>): readonly ExactRow[] {
    const known = this.#exact.get(sql) ?? this.#prepareExact(sql);
    this.#exact.set(sql, known);
    return known.statement.all(numbers).map((cells) => toRow(known.names, cells as unknown as Cells));
  }

  #prepareExact(sql: string): ExactStatement {
    const statement = this.#connection.prepare(sql);
    statement.setReadBigInts(true);
    // Objects made here are read several times as fast as those that SQLite's binding makes.
    statement.setReturnArrays(true);
    return { statement, names: statement.columns().map(({ name }) => name) };
  }

  /** Runs statements without parameters. */
  run(sql: string): void {
    this.#connection.exec(sql);
  }

  /** What `look` reads. It is called again while another program is in the way. */
  read<T>(look: () => T, signal: AbortSignal): Promise<T> {
    return this.#patiently(signal, look);
  }

  /** As `read`, where several statements must see one state of the file. */
  snapshot<T>(look: () => T, signal: AbortSignal): Promise<T> {
    return this.#patiently(signal, () => {
      this.run('BEGIN');
      try {
        return look();
      } finally {
        if (this.#connection.isTransaction) this.run('COMMIT');
      }
    });
  }

  /**
   * One transaction around `work`, which is durable when this resolves and leaves nothing when it rejects. `work` is
   * called anew after another program was in the way, and never waits, so nothing of this process comes in between.
   */
  write<T>(work: () => T, signal: AbortSignal): Promise<T> {
    return this.#patiently(signal, () =>
      this.#transaction(() => {
        const result = work();
        killPoint('sqlite:written');
        this.run('COMMIT');
        killPoint('sqlite:committed');
        return result;
      }),
    );
  }

  /** As `write`, but leaves nothing in any case. */
  tryWriting<T>(work: () => T, signal: AbortSignal): Promise<T> {
    return this.#patiently(signal, () => this.#transaction(work));
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  /** What `work` has not committed is rolled back. */
  #transaction<T>(work: () => T): T {
    this.run('BEGIN IMMEDIATE');
    try {
      return work();
    } finally {
      // A full disk or an I/O error has ended the transaction already.
      if (this.#connection.isTransaction) this.run('ROLLBACK');
    }
  }

  async #patiently<T>(signal: AbortSignal, attempt: () => T): Promise<T> {
    const deadline = this.#clock.monotonic() + patienceMs;
    for (;;) {
      signal.throwIfAborted();
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error) || this.#clock.monotonic() > deadline) throw sqliteError(error, this.path);
      }
      await this.#clock.sleep(pauseMs, signal);
    }
  }
}

function toRow(names: readonly string[], cells: Cells): ExactRow {
  const row: Record<string, Cells[number]> = {};
  for (let index = 0; index < names.length; index += 1)
    row[names[index] as string] = cells[index] as Cells[number];
  return row;
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    await (await openOwnFile(path, 'r+')).close();
    return true;
  } catch {
    return false;
  }
}

/** Whether somebody writes, or did and was killed: what is in the log is not yet in the file. */
async function hasLog(path: string): Promise<boolean> {
  const found = await stat(`${path}-wal`).catch(() => null);
  return found !== null && found.size > 0;
}

/** Node.js has SQLite from 22.5 on; until 24 it warns of it on standard error, which is no business of the user's. */
async function importSqlite(): Promise<typeof import('node:sqlite')> {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return await import('node:sqlite');
  } catch (error) {
    throw new IcError('configuration', `Node.js ${process.version} holds no SQLite.`, {
      hint: 'Use the ic executable, or run ic with Node.js 22.13 or later.',
      cause: error,
    });
  } finally {
    process.emitWarning = emitWarning;
  }
}
