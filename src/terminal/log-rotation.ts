import { lstat, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { isErrorCode } from '../platform/io-error.ts';

/** A log file that is complete; its lines are older than the moment in its name. */
export interface RotatedFile {
  readonly path: string;
  /** When it was set aside, in milliseconds since the epoch. */
  readonly rotatedAt: number;
  /** Tells files of the same second apart, from 1 on. */
  readonly number: number;
}

export interface RotationOptions {
  /** In bytes. */
  readonly maxSize: number;
  readonly retentionDays: number;
  readonly clock: Clock;
}

/**
 * Sets the file aside when it has grown to `maxSize`: `ic.log` becomes `ic.log.2026-11-22T193001Z`. Whoever writes to
 * it goes on in what was set aside until it sees that there is no, or another, `ic.log`. Of several processes one does
 * it; the others leave it at that.
 */
export async function rotate(path: string, options: RotationOptions): Promise<void> {
  const { acquireLock } = await import('../platform/lock.ts');
  const lock = await acquireLock(`${path}.lock`);
  if (lock === null) return;
  try {
    // Another process may have done it while this one came to the lock.
    if ((await sizeOf(path)) < options.maxSize) return;
    await rename(path, await freeName(path, options.clock.now()));
    await removeOld(path, options);
  } finally {
    await lock.release();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return -1;
    throw error;
  }
}

/** Windows allows no colon in a name. A second file of the same second gets a number. */
async function freeName(path: string, now: number): Promise<string> {
  const name = `${path}.${new Date(now).toISOString().slice(0, 19).replaceAll(':', '')}Z`;
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}.${number}`;
    if ((await sizeOf(candidate)) < 0) return candidate;
  }
}

/** Removes what was set aside more than `retentionDays` ago. */
export async function removeOld(
  path: string,
  { retentionDays, clock }: Pick<RotationOptions, 'retentionDays' | 'clock'>,
): Promise<void> {
  const oldest = clock.now() - retentionDays * 86_400_000;
  for (const file of await rotatedFiles(path)) {
    // Another process may be removing it too, or reading it on Windows: the next run will see to it.
    if (file.rotatedAt < oldest && (await isFile(file.path))) await unlink(file.path).catch(() => {});
  }
}

/** Neither a link nor a pipe was set aside here. */
async function isFile(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isFile() ?? false;
}

/** What was set aside of the log at `path`, oldest first; nothing when its directory does not exist. */
export async function rotatedFiles(path: string): Promise<readonly RotatedFile[]> {
  const directory = dirname(path);
  const files = (await namesIn(directory)).flatMap((name) => {
    const parsed = parseName(name, basename(path));
    return parsed === null ? [] : [{ path: join(directory, name), ...parsed }];
  });
  return files.sort((left, right) => left.rotatedAt - right.rotatedAt || left.number - right.number);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function parseName(name: string, base: string): Omit<RotatedFile, 'path'> | null {
  if (!name.startsWith(`${base}.`)) return null;
  const match = /^(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d)Z(?:\.(\d+))?$/.exec(name.slice(base.length + 1));
  if (match === null) return null;
  const [, day, hours, minutes, seconds, number = '1'] = match;
  return { rotatedAt: Date.parse(`${day}${hours}:${minutes}:${seconds}Z`), number: Number(number) };
}
