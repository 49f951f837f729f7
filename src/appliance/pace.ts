import type { Clock } from '../platform/clock.ts';
import type { Send } from './http.ts';

/** So many requests may follow each other at once after a pause: what a pull with nothing new needs never waits. */
const leastBurst = 3;

/** Spreads requests out: on average no more than `perSecond`, whoever of the site's transfers makes them. */
export class Pace {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #burstMs: number;
  /** When the bucket would have been full of unused intervals; runs ahead of the clock when requests have to wait. */
  #used = Number.NEGATIVE_INFINITY;
  #heldUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#intervalMs = 1000 / perSecond;
    this.#burstMs = (Math.max(leastBurst, perSecond) - 1) * this.#intervalMs;
  }

  /** Resolves when the next request may go. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    this.#used = Math.max(this.#used, now - this.#intervalMs - this.#burstMs) + this.#intervalMs;
    const wait = this.#used - now;
    if (wait > 0) await this.#clock.sleep(wait, signal);
    for (let held = this.#held(); held > 0; held = this.#held()) await this.#clock.sleep(held, signal);
  }

  /** The appliance has asked for a pause: nobody goes before it is over. */
  hold(ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#clock.monotonic() + ms);
  }

  #held(): number {
    return this.#heldUntil - this.#clock.monotonic();
  }
}

export function withPace(send: Send, pace: Pace): Send {
  return async (request, signal) => {
    await pace.turn(signal);
    return send(request, signal);
  };
}
