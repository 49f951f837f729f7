import { readFile, stat } from 'node:fs/promises';

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
    const [, , , , pid, locked] = line.split(/\s+/);
    if (locked === file && Number(pid) > 0) return Number(pid);
  }
  return null;
}

/** As the kernel prints a device there: major and minor, in hexadecimal. */
function deviceName(dev: number): string {
  const major = Math.floor(dev / 2 ** 8) & 0xfff;
  const minor = (dev & 0xff) | (Math.floor(dev / 2 ** 12) & 0xfff00);
  return [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
}
