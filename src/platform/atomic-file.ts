import { dirname } from 'node:path';
import { type FileOptions, type FileSystem, nodeFileSystem } from './file-system.ts';
import { ioError, isErrorCode, orIoError } from './io-error.ts';
import { killPoint } from './kill-point.ts';
import { renamePatiently } from './rename.ts';
import { discard, type FileContent, type WriteOptions, writeTemporary } from './temporary-file.ts';

/**
 * Puts `content` at `path`, whole and durable, or changes nothing: a reader sees the old file or the new one, also
 * after a power cut. The directory must exist. Throws an `io` error, the signal's reason, or what `content` threw.
 */
export async function writeFileAtomically(
  path: string,
  content: FileContent,
  options: WriteOptions = {},
): Promise<void> {
  const temporary = await writeTemporary(dirname(path), path, content, options);
  try {
    await renameDurably(temporary, path, options);
  } catch (error) {
    await discard(temporary, options);
    throw error;
  }
}

/**
 * Renames a synced file over whatever is at `to`, and makes the new name durable. Both must be on one file system.
 * A failure after the rename itself leaves the file at `to`.
 */
export async function renameDurably(
  from: string,
  to: string,
  { killPoints = 'file', ...options }: WriteOptions = {},
): Promise<void> {
  await orIoError(renamePatiently(from, to, options), to, 'write');
  killPoint(`${killPoints}:renamed`);
  await syncDirectory(dirname(to), options);
}

/**
 * Moves a synced file to `to` unless something is there already; resolves with whether it did. When it resolves with
 * false, `from` is still there.
 */
export async function linkExclusively(
  from: string,
  to: string,
  options: WriteOptions = {},
): Promise<boolean> {
  const { fileSystem = nodeFileSystem } = options;
  try {
    await fileSystem.link(from, to);
  } catch (error) {
    if (isErrorCode(error, 'EEXIST')) return false;
    if (isLinkRefused(error)) return renameUnlessThere(from, to, options);
    throw ioError(error, to, 'write');
  }
  killPoint(`${options.killPoints ?? 'file'}:renamed`);
  await syncDirectory(dirname(to), options);
  await discard(from, options);
  return true;
}

/** FAT, some network shares and some container mounts know no second name for a file; a scanner may hold it. */
export function isLinkRefused(error: unknown): boolean {
  return isErrorCode(
    error,
    'EPERM',
    'EACCES',
    'ENOTSUP',
    'EOPNOTSUPP',
    'ENOSYS',
    'EMLINK',
    'EBUSY',
    'UNKNOWN',
  );
}

/**
 * Two writers could both find the name free; that one transfer runs at a time, and writes below a directory of its
 * own, is what keeps them apart where the file system cannot.
 */
async function renameUnlessThere(from: string, to: string, options: WriteOptions): Promise<boolean> {
  if (await exists(to, options.fileSystem ?? nodeFileSystem)) return false;
  await renameDurably(from, to, options);
  return true;
}

async function exists(path: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    await fileSystem.lstat(path);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return false;
    throw ioError(error, path, 'read');
  }
}

/** Makes the names in a directory durable. Where the system has no such operation, it does so by itself or not at all. */
export async function syncDirectory(
  directory: string,
  { fileSystem = nodeFileSystem }: FileOptions = {},
): Promise<void> {
  if (fileSystem.platform === 'win32') return;
  try {
    const handle = await fileSystem.open(directory, 'directory');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrorCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF', 'EACCES', 'EPERM', 'EISDIR'))
      return;
    throw ioError(error, directory, 'write');
  }
}
