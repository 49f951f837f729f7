import { createHash } from 'node:crypto';
import { close, constants, open } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { type Clock, systemClock } from './clock.ts';
import { IcError } from './errors.ts';
import { errorCode, ioError, isErrorCode } from './io-error.ts';
import { makeDirectories } from './make-directories.ts';

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
}

/**
 * Takes the lock called `path`, an absolute path in an existing or creatable directory; resolves with null while
 * somebody else holds it, in this process or another. It is the operating system that frees it when its holder dies,
 * `kill -9` included, so that no lock is ever stale:
 *
 * - Linux: an abstract socket named after the path, nothing on disk. It reaches as far as the network namespace:
 *   containers that share a state file must share the network too.
 * - Windows: a file opened without sharing. macOS and BSD: a file opened with an exclusive advisory lock. The empty
 *   file stays, as removing it would let two others lock two different files of that name.
 *
 * Throws the signal's reason when aborted, an `io` error when the lock can be neither taken nor found held.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock | null> {
  const { waitMs = 0, longestPauseMs = 100, signal, clock = systemClock } = options;
  const giveUpAt = clock.monotonic() + waitMs;
  for (let pause = 2; ; pause = Math.min(pause * 2, longestPauseMs)) {
    signal?.throwIfAborted();
    const lock = await tryLock(path);
    if (lock !== null) return lock;
    const remaining = giveUpAt - clock.monotonic();
    if (remaining <= 0) return null;
    // Jitter keeps those who wait for the same lock from knocking in step.
    await clock.sleep(Math.min(remaining, pause * (0.5 + Math.random())), signal);
  }
}

function tryLock(path: string): Promise<Lock | null> {
  return process.platform === 'linux' ? lockSocket(path) : lockFile(path);
}

async function lockSocket(path: string): Promise<Lock | null> {
  const name = `\0ic-${createHash('sha256').update(path).digest('hex')}`;
  const server = createServer((connection) => connection.destroy());
  try {
    await listen(server, name);
  } catch (error) {
    if (isErrorCode(error, 'EADDRINUSE')) return null;
    throw unavailable(error, path);
  }
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, resolve);
  });
}

function unavailable(error: unknown, path: string): IcError {
  return new IcError(
    'io',
    `Cannot lock ${path}: the system refuses an abstract socket (${errorCode(error)}).`,
    {
      hint: 'Let ic create UNIX sockets: look at the seccomp, AppArmor or SELinux profile that it runs under.',
      cause: error,
    },
  );
}

/** libuv's UV_FS_O_EXLOCK on Windows; O_EXLOCK of macOS and the BSDs. Node names neither. */
const exclusive = process.platform === 'win32' ? 0x10000000 : 0x20;

async function lockFile(path: string): Promise<Lock | null> {
  const flags = constants.O_RDWR | constants.O_CREAT | exclusive | (constants.O_NONBLOCK ?? 0);
  try {
    await makeDirectories(dirname(path));
    // Not a FileHandle: that one closes itself when it is garbage, and the lock would go with it.
    const descriptor = await promisify(open)(path, flags);
    return { release: () => promisify(close)(descriptor) };
  } catch (error) {
    if (isErrorCode(error, 'EBUSY', 'EAGAIN', 'EWOULDBLOCK')) return null;
    throw ioError(error, path, 'lock');
  }
}
