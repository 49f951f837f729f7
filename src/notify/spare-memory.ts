import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnixSeconds } from '../platform/clock.ts';

/** What was told, of which transfer of which state. */
export interface Remembered {
  readonly statePath: string;
  readonly transfer: string;
  readonly channel: string;
}

/**
 * A state that cannot be written cannot remember either that people were told so, and a scheduled run each minute would
 * tell them each minute. An empty file among the system's temporary ones remembers it instead, by its time.
 */
export async function rememberAside(what: Remembered, at: UnixSeconds): Promise<void> {
  // Others may write where temporary files are: what they have put there is not followed.
  const file = await open(
    pathOf(what),
    constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0),
    0o600,
  );
  try {
    await file.utimes(at, at);
  } finally {
    await file.close();
  }
}

/** When it was told according to `rememberAside`; null when nothing is known. */
export async function recallAside(what: Remembered): Promise<UnixSeconds | null> {
  const found = await lstat(pathOf(what)).catch(() => null);
  const mine = process.getuid === undefined || found?.uid === process.getuid();
  return found?.isFile() && mine ? Math.round(found.mtimeMs / 1000) : null;
}

function pathOf({ statePath, transfer, channel }: Remembered): string {
  const key = createHash('sha256')
    .update(JSON.stringify([statePath, transfer, channel]))
    .digest('hex');
  return join(tmpdir(), `ic-notified-${key.slice(0, 32)}`);
}
