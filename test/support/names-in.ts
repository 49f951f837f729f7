import { readdir } from 'node:fs/promises';

/** What a directory holds, in order, but for the files of locks, which stay there on Windows and macOS. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => !name.endsWith('.lock')).sort();
}
