import { keyFileOf } from '../config/key-file.ts';
import { IcError } from '../platform/errors.ts';
import { acquireLock } from '../platform/lock.ts';

/** Whoever rewrites a configuration is done in moments, or, with DPAPI, in seconds. */
const patienceMs = 30_000;

/** Rewrites a configuration while nobody else does: of two who read it first, the later one would undo the other's work. */
export async function whileKeysAreLocked<Result>(
  configuration: string,
  signal: AbortSignal,
  rewrite: () => Promise<Result>,
): Promise<Result> {
  const lock = await acquireLock(`${keyFileOf(configuration)}.lock`, { waitMs: patienceMs, signal });
  if (lock === null) {
    throw new IcError('locked', `Somebody else is changing the secrets of ${configuration}.`, {
      hint: 'Try again when that is done.',
    });
  }
  try {
    return await rewrite();
  } finally {
    await lock.release();
  }
}
