import type { SqlJsStatic } from 'sql.js';
import { type Clock, systemClock, type UnixSeconds } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import { type FileOptions, type FileSystem, nodeFileSystem } from '../platform/file-system.ts';
import type { Kind } from '../platform/kinds.ts';
import { acquireLock, type Lock } from '../platform/lock.ts';
import { type Logger, silentLogger } from '../platform/logger.ts';
import { applyChanges } from './apply-changes.ts';
import { Image } from './image.ts';
import { canonicalPath, stateLockName } from './lock.ts';
import {
  readAbandoned,
  readDays,
  readDelivered,
  readFoundLocked,
  readGivenUp,
  readIsAbandoned,
  readKindProgress,
  readLastWholeRun,
  readOpenSessions,
  readOwed,
  readOwedItem,
  readRuns,
  readSiteClock,
  readTransfer,
  readTransfers,
} from './queries.ts';
import { readSeal, type Survey, surveyState } from './read-state.ts';
import { sealed } from './seal.ts';
import { loadSqlJs } from './sql-js.ts';
import type {
  AbandonedSession,
  DayRecord,
  FoundLocked,
  GivenUp,
  ItemKey,
  KindProgress,
  OpenSession,
  OwedItem,
  RunRecord,
  SiteClock,
  State,
  StateChange,
  TransferState,
} from './state.ts';
import { prepareDirectory, setAside, writeState } from './write-state.ts';

export interface StateOptions extends FileOptions {
  readonly logger?: Logger | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a commit waits for those of other processes: each of them holds the lock for some milliseconds. */
const lockPatience = { waitMs: 30_000, longestPauseMs: 10 };

/**
 * Opens the state at `path` and creates nothing: the file comes into being with the first commit. What had to be
 * recovered is in the state's notices. Throws an `io` error when the file cannot be read or is no state.
 */
export async function openState(path: string, options: StateOptions = {}): Promise<State> {
  const { fileSystem = nodeFileSystem, clock = systemClock, logger = silentLogger, signal } = options;
  signal?.throwIfAborted();
  const canonical = await canonicalPath(path, fileSystem);
  const sqlJs = await loadSqlJs();
  const survey = await surveyState(canonical, fileSystem, sqlJs);
  return new Store(canonical, survey, { sqlJs, fileSystem, clock, logger });
}

interface StoreContext {
  readonly sqlJs: SqlJsStatic;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A list of changes whose caller goes on when it is durable. */
interface Waiting {
  readonly changes: readonly StateChange[];
  resolve(): void;
  reject(reason: unknown): void;
}

/** The committed file is the truth; the image in memory is a copy of it, replaced when another process commits. */
class Store implements State {
  readonly notices: State['notices'];
  readonly #path: string;
  readonly #context: StoreContext;
  #survey: Survey;
  #image: Image;
  #prepared = false;
  /** The last of the operations that follow each other, never rejected. */
  #queue: Promise<unknown> = Promise.resolve();
  /** What the next write takes along. */
  readonly #waiting: Waiting[] = [];

  constructor(path: string, survey: Survey, context: StoreContext) {
    this.#path = path;
    this.#context = context;
    this.#survey = survey;
    this.#image = new Image(context.sqlJs, survey.snapshot?.image ?? null);
    this.notices = survey.notice === null ? [] : [survey.notice];
  }

  transfer(name: string): TransferState | null {
    return readTransfer(this.#image, name);
  }

  transfers(): readonly TransferState[] {
    return readTransfers(this.#image);
  }

  kind(transfer: string, kind: Kind): KindProgress | null {
    return readKindProgress(this.#image, transfer, kind);
  }

  delivered(transfer: string, item: ItemKey): string | null {
    return readDelivered(this.#image, transfer, item);
  }

  openSessions(transfer: string, kind: Kind): readonly OpenSession[] {
    return readOpenSessions(this.#image, transfer, kind);
  }

  owed(transfer: string, kind?: Kind): readonly OwedItem[] {
    return readOwed(this.#image, transfer, kind ?? null);
  }

  owedItem(transfer: string, item: ItemKey): OwedItem | null {
    return readOwedItem(this.#image, transfer, item);
  }

  abandoned(transfer: string, kind: Kind): readonly AbandonedSession[] {
    return readAbandoned(this.#image, transfer, kind);
  }

  isAbandoned(transfer: string, kind: Kind, lsid: string): boolean {
    return readIsAbandoned(this.#image, transfer, kind, lsid);
  }

  givenUp(transfer: string): readonly GivenUp[] {
    return readGivenUp(this.#image, transfer);
  }

  siteClock(site: string): SiteClock | null {
    return readSiteClock(this.#image, site);
  }

  runs(transfer: string): readonly RunRecord[] {
    return readRuns(this.#image, transfer);
  }

  lastWholeRun(transfer: string): UnixSeconds | null {
    return readLastWholeRun(this.#image, transfer);
  }

  foundLocked(transfer: string): FoundLocked | null {
    return readFoundLocked(this.#image, transfer);
  }

  days(transfer: string): readonly DayRecord[] {
    return readDays(this.#image, transfer);
  }

  commit(changes: readonly StateChange[]): Promise<void> {
    if (changes.length === 0) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ changes, resolve, reject });
    if (this.#waiting.length === 1) void this.#inTurn(() => this.#commitWaiting());
    return promise;
  }

  refresh(): Promise<void> {
    return this.#inTurn(() => this.#takeIn());
  }

  close(): void {
    this.#image.close();
  }

  /** Transfers share one image: what one of them commits is written before the next one's changes come in. */
  #inTurn(operation: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(operation);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Whatever has come to wait by the time the lock is held is written at once: each write is of the whole file. */
  async #commitWaiting(): Promise<void> {
    let gathered: readonly Waiting[] = [];
    try {
      await this.#prepareDirectory();
      const lock = await this.#lock();
      try {
        await this.#takeIn();
        gathered = this.#waiting.splice(0);
        const { applied, changed } = this.#apply(gathered);
        if (changed) await this.#write();
        for (const { resolve } of applied) resolve();
      } finally {
        await lock.release();
      }
    } catch (error) {
      for (const { reject } of [...gathered, ...this.#waiting.splice(0)]) reject(error);
    }
  }

  /** Each caller's changes whole or not at all. What cannot be applied fails its own caller alone. */
  #apply(gathered: readonly Waiting[]): { readonly applied: readonly Waiting[]; readonly changed: boolean } {
    const applied: Waiting[] = [];
    let changed = false;
    for (const waiting of gathered) {
      try {
        if (this.#image.transaction(() => applyChanges(this.#image, waiting.changes))) changed = true;
        applied.push(waiting);
      } catch (error) {
        waiting.reject(error);
      }
    }
    return { applied, changed };
  }

  async #prepareDirectory(): Promise<void> {
    if (this.#prepared) return;
    await prepareDirectory(this.#path, this.#context);
    this.#prepared = true;
  }

  async #lock(): Promise<Lock> {
    const lock = await acquireLock(stateLockName(this.#path), {
      ...lockPatience,
      clock: this.#context.clock,
    });
    if (lock !== null) return lock;
    throw new IcError(
      'locked',
      `The state file ${this.#path} was in use by another process for 30 seconds.`,
      {
        hint: 'Look for an ic process that hangs, and run again.',
      },
    );
  }

  /** Loads what another process has committed since this one last looked. */
  async #takeIn(): Promise<void> {
    if (await this.#isCurrent()) return;
    const found = await surveyState(this.#path, this.#context.fileSystem, this.#context.sqlJs);
    if (!found.current && generationOf(found) <= generationOf(this.#survey)) this.#keepWhenLost(found);
    else this.#load(found);
  }

  async #isCurrent(): Promise<boolean> {
    const { snapshot, current } = this.#survey;
    if (!current || snapshot === null) return false;
    const seal = await readSeal(this.#path, this.#context.fileSystem);
    return seal !== null && Buffer.compare(seal, snapshot.seal) === 0;
  }

  /** The file was lost while this process runs: what is in memory is the newest there is. */
  #keepWhenLost(found: Survey): void {
    if (this.#survey.current) {
      const message = `The state file ${this.#path} was damaged or removed while ic runs: it is written anew.`;
      this.#context.logger.warn(message);
    }
    this.#survey = { ...found, snapshot: this.#survey.snapshot };
  }

  #load(survey: Survey): void {
    const image = new Image(this.#context.sqlJs, survey.snapshot?.image ?? null);
    this.#image.close();
    this.#image = image;
    this.#survey = survey;
  }

  async #write(): Promise<void> {
    const { snapshot, damaged } = this.#survey;
    const next = sealed(this.#image.export(), generationOf(this.#survey) + 1);
    try {
      for (const path of damaged) await setAside(path, this.#context);
      await writeState(this.#path, snapshot, next, this.#context);
    } catch (error) {
      // Memory must not know what the file does not.
      this.#load(this.#survey);
      throw error;
    }
    this.#survey = { snapshot: next, current: true, notice: null, damaged: [] };
  }
}

function generationOf(survey: Survey): number {
  return survey.snapshot?.generation ?? 0;
}
