import { setTimeout as delay } from 'node:timers/promises';

/** Seconds since 1970-01-01T00:00:00Z, the unit of the appliance's API and of every instant in the state. */
export type UnixSeconds = number;

/** Time as a value, so that tests can drive it. Only what may follow this machine's clock uses `now`. */
export interface Clock {
  /** This machine's time in milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never run backwards, for measuring how long something took. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.reason ?? error;
    }
  },
};

/** `1714983011` → `2024-05-06T08:10:11Z`. */
export function toIso(seconds: UnixSeconds): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}
