import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrorCode } from './io-error.ts';

/** What directories are at most, whatever the umask. */
export const directoryMode = 0o750;

/**
 * Creates what is missing of a path. Node's own `recursive` tries for ever where a parent is there and nothing can be
 * made in it, as below an automount that has nothing to mount; here that is the system's own error. `mode` is that of
 * the directories that are made, less the process's umask. Resolves with those, the outermost first.
 */
export async function makeDirectories(path: string, mode = directoryMode): Promise<readonly string[]> {
  try {
    await mkdir(path, mode);
    return [path];
  } catch (error) {
    if (await isDirectory(path)) return [];
    const parent = dirname(path);
    if (parent === path || !isErrorCode(error, 'ENOENT') || (await isDirectory(parent))) throw error;
    const parents = await makeDirectories(parent, mode);
    return [...parents, ...(await makeDirectories(path, mode))];
  }
}

/** As `makeDirectories`, for the log, which is written before anything can wait. */
export function makeDirectoriesSync(path: string): void {
  try {
    mkdirSync(path, directoryMode);
  } catch (error) {
    if (isDirectorySync(path)) return;
    const parent = dirname(path);
    if (parent === path || !isErrorCode(error, 'ENOENT') || isDirectorySync(parent)) throw error;
    makeDirectoriesSync(parent);
    makeDirectoriesSync(path);
  }
}

/** Also of a link to one; what cannot be looked at is none. */
function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function isDirectorySync(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
