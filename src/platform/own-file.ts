import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { directoryInTheWay, ioError, isErrorCode, notOwnFile } from './io-error.ts';
import type { Rights } from './sharing.ts';

/**
 * Files that `ic` opens by a name of its own: archive, manifest, state, log and the like. Whoever may write to their
 * directory can put something else under such a name. So no link is followed, which could lead to a file that only
 * this user may write to; nothing is waited for, as a pipe would have it; and what was opened must be a regular file.
 * A file that is written to in place must also have no second name, and belong to root, to this user, or to whom its
 * directory belongs. What is refused is an error of the system's kind with the code `EFTYPE`.
 */
export type OwnFileFlags = 'r' | 'r+' | 'wx' | 'a' | 'a+';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND } = constants;

interface Way {
  readonly flags: number;
  readonly writes: boolean;
  /** Whether a file that is missing is made. */
  readonly creates: boolean;
}

const ways: Readonly<Record<OwnFileFlags, Way>> = {
  r: { flags: O_RDONLY, writes: false, creates: false },
  'r+': { flags: O_RDWR, writes: true, creates: false },
  wx: { flags: O_WRONLY | O_CREAT | O_EXCL, writes: true, creates: false },
  a: { flags: O_WRONLY | O_APPEND, writes: true, creates: true },
  'a+': { flags: O_RDWR | O_APPEND, writes: true, creates: true },
};

/** Windows knows neither: there, a link is looked for, and no pipe stands in a directory. */
const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What evidence, state, manifest and log are at most, whatever the umask: readable by a group. */
export const fileMode = 0o640;

/** Throws the system's error. */
export async function openOwnFile(
  path: string,
  flags: OwnFileFlags,
  mode = fileMode,
): Promise<fs.FileHandle> {
  const way = ways[flags];
  for (;;) {
    try {
      return await openExisting(path, way, mode);
    } catch (error) {
      if (!way.creates || !isErrorCode(error, 'ENOENT')) throw error;
    }
    try {
      return await openExisting(path, creating(way), mode);
    } catch (error) {
      // Somebody else has made it just now.
      if (!isErrorCode(error, 'EEXIST')) throw error;
    }
  }
}

/** As `openOwnFile`, for the log, which is written before anything can wait. */
export function openOwnFileSync(path: string, flags: OwnFileFlags, mode = fileMode): number {
  const way = ways[flags];
  for (;;) {
    try {
      return openExistingSync(path, way, mode);
    } catch (error) {
      if (!way.creates || !isErrorCode(error, 'ENOENT')) throw error;
    }
    try {
      return openExistingSync(path, creating(way), mode);
    } catch (error) {
      if (!isErrorCode(error, 'EEXIST')) throw error;
    }
  }
}

function creating(way: Way): Way {
  return { ...way, flags: way.flags | O_CREAT | O_EXCL };
}

async function openExisting(path: string, { flags, writes }: Way, mode: number): Promise<fs.FileHandle> {
  refuseLink(path);
  const handle = await fs.open(path, flags | careful, mode).catch((error: unknown) => {
    throw explained(error, path);
  });
  try {
    if ((flags & O_EXCL) !== 0) giveToDirectoryOwner(handle.fd, path);
    else refuseForeign(path, await handle.stat(), { writes });
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function openExistingSync(path: string, { flags, writes }: Way, mode: number): number {
  refuseLink(path);
  const descriptor = openForSync(path, flags, mode);
  try {
    if ((flags & O_EXCL) !== 0) giveToDirectoryOwner(descriptor, path);
    else refuseForeign(path, fstatSync(descriptor), { writes });
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function openForSync(path: string, flags: number, mode: number): number {
  try {
    return openSync(path, flags | careful, mode);
  } catch (error) {
    throw explained(error, path);
  }
}

/**
 * Looks at a database before SQLite opens it, which opens by path, follows links, waits for pipes and makes files that
 * everybody may read. A file that is there is not opened: whoever closes a descriptor of a file frees the locks that
 * this process has on it. With `create`, one that is missing is made. Throws an `io` error.
 */
export function prepareDatabase(
  path: string,
  { create, rights = null }: { readonly create: boolean; readonly rights?: Rights | null },
): void {
  if (create && lstatSync(path, { throwIfNoEntry: false }) === undefined) createDatabase(path, rights);
  for (const suffix of ['-journal', '-wal', '-shm', '']) {
    try {
      const found = suffix === '' ? lstatSync(path) : lstatSync(path + suffix, { throwIfNoEntry: false });
      if (found !== undefined) refuseForeign(path + suffix, found, { writes: true });
    } catch (error) {
      throw ioError(error, path + suffix, 'open');
    }
  }
}

function createDatabase(path: string, rights: Rights | null): void {
  try {
    const descriptor = openOwnFileSync(path, 'wx');
    try {
      const { mode = null, gid = null } = rights ?? {};
      if (gid !== null) fchownSync(descriptor, fstatSync(descriptor).uid, gid);
      if (mode !== null) fchmodSync(descriptor, mode);
    } catch (error) {
      // Another run would take it for one that has its rights.
      unlinkSync(path);
      throw error;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    // Somebody else has made it just now.
    if (!isErrorCode(error, 'EEXIST')) throw ioError(error, path, 'create');
  }
}

function refuseLink(path: string): void {
  if (constants.O_NOFOLLOW !== undefined) return;
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw notOwnFile('open', path, 'is a link');
}

/** Refuses what is no file of `ic`, opened or looked at without following links. */
export function refuseForeign(path: string, found: Stats, { writes }: { readonly writes: boolean }): void {
  if (found.isDirectory()) throw directoryInTheWay('open', path);
  const kind = kindOf(found);
  if (kind !== null) throw notOwnFile('open', path, `is ${kind}`);
  if (!writes) return;
  if (found.nlink > 1) throw notOwnFile('open', path, 'has a second name');
  if (!isFittingOwner(found, path)) {
    throw notOwnFile('open', path, `belongs to the user with id ${found.uid}`);
  }
}

/** What stands there instead of a regular file; null for one. */
export function kindOf(found: Pick<Stats, keyof typeof kinds | 'isFile'>): string | null {
  if (found.isFile()) return null;
  const [, name] = Object.entries(kinds).find(([is]) => found[is as keyof typeof kinds]()) ?? [];
  return name ?? 'no regular file';
}

const kinds = {
  isDirectory: 'a directory',
  isSymbolicLink: 'a link',
  isFIFO: 'a pipe',
  isSocket: 'a socket',
  isBlockDevice: 'a device',
  isCharacterDevice: 'a device',
} as const;

/** Also the members of a group that shares the directory, and nobody but them. */
export function isFittingOwner(found: Stats, path: string): boolean {
  const user = process.geteuid?.();
  if (user === undefined || found.uid === 0 || found.uid === user) return true;
  const directory = statSync(dirname(path));
  const isShared = (directory.mode & 0o022) === 0o020 && directory.gid === found.gid;
  return found.uid === directory.uid || isShared;
}

/** A run by root must not keep the service's own account from the files of the service's own directory. */
export function giveToDirectoryOwner(descriptor: number, path: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid !== 0) fchownSync(descriptor, uid, gid);
}

/** Where a pipe, a link or the like is in the way, the system's own words do not say so. */
function explained(error: unknown, path: string): unknown {
  if (!isErrorCode(error, 'ELOOP', 'ENXIO', 'EMLINK', 'EOPNOTSUPP', 'EACCES', 'EISDIR')) return error;
  const found = lstatSync(path, { throwIfNoEntry: false });
  const kind = found === undefined || found.isDirectory() ? null : kindOf(found);
  return kind === null ? error : notOwnFile('open', path, `is ${kind}`);
}
