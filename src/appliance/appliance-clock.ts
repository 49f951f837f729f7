import type { Clock, UnixSeconds } from '../platform/clock.ts';
import type { HttpAnswer } from './http.ts';

const earliest = Date.UTC(2010) / 1000;
const latest = Date.UTC(2100) / 1000;

/** The appliance's clock, as far as it can be told from here: from what it said last and what has passed since. */
export class ApplianceClock {
  readonly #clock: Clock;
  #seen: { readonly time: UnixSeconds; readonly at: number; readonly difference: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes in the head of an answer that has just arrived, unless a gateway wrote it in the appliance's place. */
  observeAnswer(status: number, headers: HttpAnswer['headers']): void {
    if (status < 502 || status > 504) this.observe(parseHttpDate(headers.date));
  }

  /** Takes in what the appliance says its time is now. What can be no present time is passed over. */
  observe(time: UnixSeconds | null): void {
    if (time === null || !(time > earliest && time < latest)) return;
    // A whole second stands for all the moments in it: half a second more is the best guess.
    const difference = time + 0.5 - this.#clock.now() / 1000;
    this.#seen = { time, at: this.#clock.monotonic(), difference };
  }

  /** A lower bound of the appliance's present time, with fractions; null before the first observation. */
  now(): UnixSeconds | null {
    if (this.#seen === null) return null;
    return this.#seen.time + Math.max(0, this.#clock.monotonic() - this.#seen.at) / 1000;
  }

  /** Seconds that the appliance's clock is ahead of this machine's, to a tenth; null before the first observation. */
  difference(): number | null {
    return this.#seen === null ? null : Math.round(this.#seen.difference * 10) / 10;
  }
}

/** `Sun, 22 Nov 2026 12:00:00 GMT` → seconds; null for anything that is no date of that form. */
export function parseHttpDate(text: string | undefined): UnixSeconds | null {
  if (text === undefined || !/^\w{3}, \d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text.trim()))
    return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}
