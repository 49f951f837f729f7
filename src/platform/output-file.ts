import { chmod, lstat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renameDurably } from './atomic-file.ts';
import { isErrorCode, orIoError } from './io-error.ts';
import { realPath } from './real-path.ts';
import { discard, writeTemporary } from './temporary-file.ts';

/**
 * Puts `content` where somebody who named the path wants it: a file is replaced whole, for readers that see the old one or
 * the new one; a link is followed; a device or a pipe is written to, and stays what it is. Throws an `io` error.
 *
 * @param mode of the new file, whatever the user's other files are like
 */
export async function writeOutputFile(path: string, content: Uint8Array, mode?: number): Promise<void> {
  const target = await orIoError(destinationOf(path), path, 'write');
  if (target.isFile) await replace(target.path, content, mode);
  else await orIoError(writeFile(target.path, content), path, 'write');
}

async function destinationOf(path: string): Promise<{ readonly path: string; readonly isFile: boolean }> {
  try {
    const real = await realPath(path);
    return { path: real, isFile: (await lstat(real)).isFile() };
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return { path, isFile: true };
    throw error;
  }
}

async function replace(path: string, content: Uint8Array, mode: number | undefined): Promise<void> {
  const temporary = await writeTemporary(dirname(path), path, content);
  try {
    // Where there are no modes, everybody may read it anyway.
    if (mode !== undefined) await chmod(temporary, mode).catch(() => {});
    await renameDurably(temporary, path);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}
