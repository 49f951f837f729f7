import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../../platform/atomic-file.ts';
import { toIcError } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode, orIoError } from '../../platform/io-error.ts';
import { temporaryName } from '../../platform/temporary-file.ts';
import type { CheckResult } from '../destination.ts';

/** Less than this left is worth a remark. */
const littleSpace = 1024 ** 3;

/** Tries each directory of the destination called `name` by writing, syncing, renaming and removing a file. */
export async function* checkDirectories(
  name: string,
  directories: readonly string[],
  fileSystem: FileSystem,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  for (const directory of directories) {
    signal.throwIfAborted();
    yield await checkDirectory(name, directory, fileSystem);
  }
}

async function checkDirectory(name: string, directory: string, fileSystem: FileSystem): Promise<CheckResult> {
  try {
    const existing = await nearestExisting(directory, fileSystem);
    await tryWriting(existing, fileSystem);
    const free = await freeSpace(existing);
    const what = existing === directory ? `${directory} can be written to` : `${directory} can be created`;
    const isLow = free < littleSpace;
    return {
      subject: 'destination',
      name,
      ok: true,
      warning: isLow,
      message: `${what}; ${formatSize(free)} free.`,
      hint: isLow ? `Free space on the disk that holds ${existing} before it runs out.` : null,
    };
  } catch (thrown) {
    const error = toIcError(thrown);
    return { subject: 'destination', name, ok: false, message: error.message, hint: error.hint, error };
  }
}

/** The path itself, or the nearest directory above it that is there. */
export async function nearestExisting(path: string, fileSystem: FileSystem): Promise<string> {
  try {
    await fileSystem.lstat(path);
    return path;
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT') || dirname(path) === path) throw ioError(error, path, 'open');
    return nearestExisting(dirname(path), fileSystem);
  }
}

async function tryWriting(directory: string, fileSystem: FileSystem): Promise<void> {
  const path = temporaryName(directory);
  await writeFileAtomically(path, Buffer.from('ic check\n'), { fileSystem });
  await orIoError(fileSystem.unlink(path), path, 'remove');
}

async function freeSpace(directory: string): Promise<number> {
  const { bavail, bsize } = await orIoError(statfs(directory), directory, 'read');
  return bavail * bsize;
}

function formatSize(bytes: number): string {
  return bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
