import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { UnixSeconds } from '../platform/clock.ts';

/** What was told, of which transfer of which state. */
export interface Remembered {
  readonly statePath: string;
  readonly transfer: string;
  readonly channel: string;
}

/**
 * A state that cannot be written cannot remember either that people were told so, and a scheduled run each minute would
 * tell them each minute. The time of an empty file remembers it instead: it finds room on a full disk. Where not even
 * that can be, it lies among the system's temporary files. Throws the system's error when neither has it.
 */
export async function rememberAside(what: Remembered, at: UnixSeconds): Promise<void> {
  const [beside, temporary] = placesOf(what);
  await touch(beside, at).catch(() => touch(temporary, at));
}

/** When it was told according to `rememberAside`; null when nothing is known. */
export async function recallAside(what: Remembered): Promise<UnixSeconds | null> {
  const times = await Promise.all(placesOf(what).map(timeOf));
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** To be called once the state remembers by itself. */
export async function forgetAside(what: Remembered): Promise<void> {
  await Promise.all(placesOf(what).map((path) => unlink(path).catch(() => {})));
}

async function touch(path: string, at: UnixSeconds): Promise<void> {
  // Others may write where temporary files are: what they have put there is not followed.
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
  try {
    await file.utimes(at, at);
  } finally {
    await file.close();
  }
}

async function timeOf(path: string): Promise<UnixSeconds | null> {
  const found = await lstat(path).catch(() => null);
  const mine = process.getuid === undefined || found?.uid === process.getuid();
  return found?.isFile() && mine ? Math.round(found.mtimeMs / 1000) : null;
}

function placesOf({
  statePath,
  transfer,
  channel,
}: Remembered): readonly [beside: string, temporary: string] {
  const key = createHash('sha256')
    .update(JSON.stringify([statePath, transfer, channel]))
    .digest('hex');
  const name = `.ic-notified-${key.slice(0, 32)}`;
  return [join(dirname(statePath), name), join(tmpdir(), name)];
}
