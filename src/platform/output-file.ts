import { chmod, lstat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renameDurably } from './atomic-file.ts';
import { orIoError } from './io-error.ts';
import { discard, writeTemporary } from './temporary-file.ts';

/**
 * Puts `content` where somebody who named the path wants it: a file is replaced whole, for readers that see the old one
 * or the new one, and keeps its mode. What the system keeps below /dev, such as /dev/stdout, is written to; any other link,
 * pipe or device is refused: another user may have put it there. Throws an `io` error.
 *
 * @param mode of the file, whatever it was
 */
export async function writeOutputFile(path: string, content: Uint8Array, mode?: number): Promise<void> {
  if (path.startsWith('/dev/')) return orIoError(writeFile(path, content), path, 'write');
  const present = await lstat(path).catch(() => null);
  const temporary = await writeTemporary(dirname(path), path, content);
  try {
    const wanted = mode ?? (present?.isFile() ? present.mode & 0o777 : null);
    // Where there are no modes, everybody may read it anyway.
    if (wanted !== null) await chmod(temporary, wanted).catch(() => {});
    await renameDurably(temporary, path);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}
