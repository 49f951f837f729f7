import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from './clock.ts';
import { IcError } from './errors.ts';
import { ioError, isErrorCode, orIoError } from './io-error.ts';
import { makeDirectories } from './make-directories.ts';
import { giveToDirectoryOwner, isFittingOwner } from './own-file.ts';
import { lockModeOf, type Rights } from './sharing.ts';

/** Held until released, or until the process ends, however it ends. */
export interface Lock {
  release(): Promise<void>;
}

export interface LockOptions {
  /** How long to wait for another holder; without it, not at all. */
  readonly waitMs?: number;
  /** Longest pause between two attempts; for a lock that is held for moments only, as short. */
  readonly longestPauseMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  /** Who else may lock: see `lockModeOf`. Without it, this user alone. */
  readonly rights?: Rights | undefined;
}

/**
 * Takes the lock file at `path`, an absolute path in an existing or creatable directory; resolves with null while
 * somebody else holds it, in this process or another. The lock is an exclusive transaction of SQLite on an empty file:
 *
 * - The operating system frees it when its holder dies, `kill -9` included, so that no lock is ever stale.
 * - It belongs to the file: it holds across network namespaces and across containers that share the volume.
 * - Only its owner may open the file. Who may not write there can neither take the lock nor stand in its way.
 *
 * The empty file stays: removing it would let two others lock two different files of that name. On a network file
 * system the lock is as good as that system's locks.
 *
 * Throws the signal's reason when aborted, an `io` error when the file is not a lock file of this user, or cannot be locked.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock | null> {
  const { waitMs = 0, longestPauseMs = 100, signal, clock = systemClock, rights = ownerOnly } = options;
  await orIoError(makeDirectories(dirname(path)), path, 'lock');
  const giveUpAt = clock.monotonic() + waitMs;
  for (let pause = 2; ; pause = Math.min(pause * 2, longestPauseMs)) {
    signal?.throwIfAborted();
    const lock = tryLock(path, rights);
    if (lock !== null) return lock;
    const remaining = giveUpAt - clock.monotonic();
    if (remaining <= 0) return null;
    // Jitter keeps those who wait for the same lock from knocking in step.
    await clock.sleep(Math.min(remaining, pause * (0.5 + Math.random())), signal);
  }
}

const ownerOnly: Rights = { mode: null, gid: null };

/** Connections of the locks that are held: one that is garbage would close, and the lock would go with it. */
const held = new Set<DatabaseSync>();

/** SQLite's result codes. */
const busy = 5;
const notDatabase = 26;

/**
 * Without `await`: whoever closes a descriptor of a file frees the process's locks on it, so that nothing else may
 * happen between the creation of the file and the lock.
 */
function tryLock(path: string, rights: Rights): Lock | null {
  const before = prepareFile(path, rights);
  const database = openDatabase(path);
  try {
    // Nothing is ever written: no journal is to come into being beside the file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    // Somebody who removed the file meanwhile, and made another, would hold a lock of the same name.
    if (lstatSync(path).ino !== before.ino) throw notOurs(path, 'was replaced while it was locked');
  } catch (error) {
    database.close();
    if (resultCode(error) === busy) return null;
    if (resultCode(error) === notDatabase) throw notOurs(path, 'is not empty');
    throw lockError(error, path);
  }
  held.add(database);
  return {
    release: async () => {
      if (held.delete(database)) database.close();
    },
  };
}

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw lockError(error, path);
  }
}

/**
 * Whether somebody holds the lock now, found out without taking it: whoever wants it meanwhile has to try twice. Null when
 * this user cannot find out.
 */
export function isHeld(path: string): boolean | null {
  if (!existsSync(path)) return false;
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return resultCode(error) === busy ? true : null;
  } finally {
    database?.close();
  }
}

/** Creates the file where it is missing, and refuses what somebody else has put in its place. */
function prepareFile(path: string, rights: Rights): Stats {
  try {
    createFile(path, rights);
    const found = lstatSync(path);
    refuseForeign(path, found, rights);
    return found;
  } catch (error) {
    throw ioError(error, path, 'lock');
  }
}

function createFile(path: string, rights: Rights): void {
  const { O_CREAT, O_EXCL, O_RDWR } = constants;
  try {
    const descriptor = openSync(path, O_CREAT | O_EXCL | O_RDWR, 0o600);
    try {
      giveToDirectoryOwner(descriptor, path);
      if (rights.gid !== null) fchownSync(descriptor, fstatSync(descriptor).uid, rights.gid);
      fchmodSync(descriptor, lockModeOf(rights));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!isErrorCode(error, 'EEXIST')) throw error;
  }
}

function refuseForeign(path: string, found: Stats, rights: Rights): void {
  if (!found.isFile()) throw notOurs(path, 'is not a regular file');
  if (found.nlink > 1) throw notOurs(path, 'has a second name');
  if (found.size > 0) throw notOurs(path, 'is not empty');
  if (process.geteuid === undefined) return;
  if (!isFittingOwner(found, path)) throw notOurs(path, `belongs to the user with id ${found.uid}`);
  const mode = lockModeOf(rights);
  if ((found.mode & 0o777 & ~mode) !== 0) keepFromOthers(path, mode);
}

/** Whoever may open the file could hold the lock. Before anybody of this process locks it: see `tryLock`. */
function keepFromOthers(path: string, mode: number): void {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}

function notOurs(path: string, what: string): IcError {
  return new IcError('io', `Cannot lock ${path}: it ${what}.`, {
    hint: 'Find out who put it there. Remove it while no ic runs, and let nobody but the user that runs ic write to its directory.',
  });
}

function lockError(error: unknown, path: string): unknown {
  if (resultCode(error) === null) return ioError(error, path, 'lock');
  return new IcError('io', `Cannot lock ${path}: ${error instanceof Error ? error.message : error}.`, {
    hint: 'Let the user that runs ic read and write the file, and keep it on a file system that has locks: a local disk is best.',
    cause: error,
  });
}

/** SQLite's primary result code; null for what is no error of SQLite. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return Number(error.errcode) & 0xff;
}
