/** A moment as the API carries it: UNIX seconds, UTC. */
export type Seconds = number;

/**
 * The appliance's own time. It runs with real time plus an offset, or stands still when frozen; the `Date` header,
 * `get_api_info`, token life and what a report may already show all follow it.
 */
export class ApplianceClock {
  #offset: number;
  #frozenAt: number | null;

  constructor(options: { readonly now?: number | undefined; readonly frozen?: boolean | undefined } = {}) {
    this.#offset = options.now === undefined ? 0 : options.now - Date.now();
    this.#frozenAt = options.frozen ? this.#running() : null;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#frozenAt ?? this.#running();
  }

  seconds(): Seconds {
    return Math.floor(this.now() / 1000);
  }

  /** Moves to a moment (milliseconds); a frozen clock stays frozen there. */
  set(ms: number): void {
    this.#offset = ms - Date.now();
    if (this.#frozenAt !== null) this.#frozenAt = ms;
  }

  /** Moves on by so many milliseconds; a negative number moves back. */
  advance(ms: number): void {
    this.set(this.now() + ms);
  }

  freeze(): void {
    this.#frozenAt = this.now();
  }

  /** Lets a frozen clock run on from where it stands. */
  resume(): void {
    const now = this.now();
    this.#frozenAt = null;
    this.set(now);
  }

  #running(): number {
    return Date.now() + this.#offset;
  }
}
