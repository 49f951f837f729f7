import type { Clock } from '../platform/clock.ts';
import type { Send } from './http.ts';

/** In no second begin more than `perSecond` requests, whoever of the site's transfers makes them. */
export class Pace {
  readonly #clock: Clock;
  readonly #windowMs: number;
  /** When the latest requests began, or will; as many as one window may hold, the oldest first. */
  readonly #begun: number[];
  #heldUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    const most = Math.max(1, Math.floor(perSecond));
    this.#windowMs = (most / perSecond) * 1000;
    this.#begun = new Array<number>(most).fill(Number.NEGATIVE_INFINITY);
  }

  /** Resolves when the next request may go. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    const oldest = this.#begun.shift() ?? now;
    const begins = Math.max(now, oldest + this.#windowMs);
    this.#begun.push(begins);
    if (begins > now) await this.#clock.sleep(begins - now, signal);
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
