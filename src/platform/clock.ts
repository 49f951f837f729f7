import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Seconds since 1970-01-01T00:00:00Z, the unit of the appliance's API and of every instant in the state. */
export type UnixSeconds = number;

/** Time as a value, so that tests can drive it. Only what may follow this machine's clock uses `now`. */
export interface Clock {
  /** This machine's time in milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never run backwards, for measuring how long something took. */
  monotonic(): number;
  /** How long this machine has been running, which no setting of its clock changes. Absent: not known. */
  uptime?(): Uptime;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Uptime {
  /** Time of sleep included. */
  readonly seconds: number;
  /** Differs from boot to boot; null where the system has no such mark. */
  readonly boot: string | null;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  uptime: () => ({ seconds: uptime(), boot: bootId() }),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.reason ?? error;
    }
  },
};

function bootId(): string | null {
  if (process.platform !== 'linux') return null;
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

/** `1714983011` → `2024-05-06T08:10:11Z`. */
export function toIso(seconds: UnixSeconds): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}
