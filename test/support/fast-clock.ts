import type { Clock } from '../../src/platform/clock.ts';

export interface FastClock extends Clock {
  /** Milliseconds that were slept away. */
  readonly slept: number;
}

/** A clock on which time passes only by sleeping, and sleeping takes no time. */
export function fastClock(startMs = Date.UTC(2026, 10, 22, 10)): FastClock {
  let slept = 0;
  return {
    get slept() {
      return slept;
    },
    now: () => startMs + slept,
    monotonic: () => slept,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}
