import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { type FileSystem, nodeFileSystem } from '../platform/file-system.ts';
import { ioError, isErrorCode } from '../platform/io-error.ts';

/**
 * What to call `acquireLock` with before running a transfer: one name however the state file's path is written, and
 * a different one for each transfer.
 */
export async function transferLockName(statePath: string, transfer: string): Promise<string> {
  // A transfer made up on the command line has a name that is none for a file.
  const suffix = /^[\w-]{1,64}$/.test(transfer)
    ? transfer
    : createHash('sha256').update(transfer).digest('hex');
  return `${await canonicalPath(statePath)}.${suffix}.lock`;
}

/** What to call `acquireLock` with while a backup of a site is made, by whichever transfer and process. */
export async function backupLockName(statePath: string, site: string): Promise<string> {
  // A space stands in no transfer's name.
  return `${await canonicalPath(statePath)}.backup of ${site}.lock`;
}

/** The lock under which the state file itself is replaced: held for the moment that a commit takes. */
export function stateLockName(canonicalStatePath: string): string {
  return `${canonicalStatePath}.lock`;
}

/**
 * The file that a path means, with links to its directory resolved as far as they exist: every process finds the same.
 * The state itself is no link.
 */
export async function canonicalPath(path: string, fileSystem: FileSystem = nodeFileSystem): Promise<string> {
  const absolute = resolve(path);
  const file = join(await canonicalDirectory(dirname(absolute), fileSystem), basename(absolute));
  try {
    // Where the case of names does not count, the file's own name does.
    return (await fileSystem.lstat(file)).isFile() ? await fileSystem.realpath(file) : file;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return file;
    throw ioError(error, path, 'open');
  }
}

async function canonicalDirectory(path: string, fileSystem: FileSystem): Promise<string> {
  try {
    return await fileSystem.realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (!isErrorCode(error, 'ENOENT') || parent === path) throw ioError(error, path, 'open');
    return join(await canonicalDirectory(parent, fileSystem), basename(path));
  }
}
