import { type Clock, systemClock } from './clock.ts';

/** How long Windows is asked again for a file that a virus scanner, indexer or backup holds. */
const patienceMs = 10_000;

/**
 * Tries again, for a while, as long as the failure is of a kind that passes. Throws the last failure, or what
 * `isPassing` threw.
 */
export async function patiently<T>(
  operation: () => Promise<T>,
  isPassing: (error: unknown) => boolean | Promise<boolean>,
  clock: Clock = systemClock,
): Promise<T> {
  const giveUpAt = clock.monotonic() + patienceMs;
  for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
    try {
      return await operation();
    } catch (error) {
      if (!(await isPassing(error)) || clock.monotonic() + pause > giveUpAt) throw error;
    }
    await clock.sleep(pause);
  }
}
