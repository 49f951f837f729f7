import { readFile, stat, utimes } from 'node:fs/promises';
import type { UnixSeconds } from './clock.ts';
import { isHeld } from './lock.ts';

/** A lock that somebody holds at this moment. */
export interface LockTaken {
  /** By this machine's clock. */
  readonly since: UnixSeconds;
  readonly pid: number | null;
}

/** Notes on the lock file at `path` that it was taken now: its time of change says since when. Only whoever holds it calls this. */
export async function noteLockTaken(path: string): Promise<void> {
  const now = new Date();
  // By its name: closing a descriptor of the file would free the lock. Who may not set the time goes without.
  await utimes(path, now, now).catch(() => {});
}

/** Who holds the lock file at `path`, and since when; null when nobody does, or nobody is known to. */
export async function lockTakenAt(path: string): Promise<LockTaken | null> {
  const pid = await lockHolder(path);
  if (pid === null && isHeld(path) !== true) return null;
  const file = await stat(path).catch(() => null);
  return file === null ? null : { since: Math.floor(file.mtimeMs / 1000), pid };
}

/**
 * The process that holds the lock file at `path`, by its id, where the system tells it: Linux, in /proc/locks. Null when
 * it is not known: nobody holds it any more, or the holder lives in another container.
 */
export async function lockHolder(path: string): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  try {
    const [table, { dev, ino }] = await Promise.all([readFile('/proc/locks', 'utf8'), stat(path)]);
    return holderIn(table, `${deviceName(dev)}:${ino}`);
  } catch {
    return null;
  }
}

/** A line is `1: POSIX  ADVISORY  WRITE 4711 fd:01:133 1073741824 1073742335`; one that waits has `->` after its number. */
function holderIn(table: string, file: string): number | null {
  for (const line of table.split('\n')) {
    const [, , , mode, pid, locked] = line.split(/\s+/);
    // Whoever only looks whether it is held reads.
    if (mode === 'WRITE' && locked === file && Number(pid) > 0) return Number(pid);
  }
  return null;
}

/** As the kernel prints a device there: major and minor, in hexadecimal. */
function deviceName(dev: number): string {
  const major = Math.floor(dev / 2 ** 8) & 0xfff;
  const minor = (dev & 0xff) | (Math.floor(dev / 2 ** 12) & 0xfff00);
  return [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
}
