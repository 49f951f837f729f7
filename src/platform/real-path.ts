import { realpath as followLinks } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * The path with all links resolved. Windows has no answer for some drives that are there all the same, such as RAM
 * disks and opened containers: for these the links are followed one by one.
 */
export async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (process.platform !== 'win32') throw error;
    return promisify(followLinks)(path);
  }
}
