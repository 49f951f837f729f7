import type { Clock } from '../platform/clock.ts';

const burstSeconds = 0.1;

/** What all downloads of a site may take together, in bytes per second. */
export class Bandwidth {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number | null;
  /** When everything that was let through so far has been paid for. */
  #paidAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, bytesPerSecond: number | null) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** The same bytes, as fast as the limit lets them through. */
  limit(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#bytesPerSecond === null ? bytes : this.#paced(bytes, this.#bytesPerSecond, signal);
  }

  async *#paced(
    bytes: AsyncIterable<Uint8Array>,
    rate: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      const now = this.#clock.monotonic();
      this.#paidAt = Math.max(this.#paidAt, now - burstSeconds * 1000) + (chunk.length / rate) * 1000;
      const wait = this.#paidAt - now;
      if (wait > 0) await this.#clock.sleep(wait, signal);
      yield chunk;
    }
  }
}
