import type { Clock, UnixSeconds } from '../platform/clock.ts';
import type { HttpAnswer } from './http.ts';

const earliest = Date.UTC(2010) / 1000;
const latest = Date.UTC(2100) / 1000;

interface Reading {
  readonly time: UnixSeconds;
  /** When it came, in milliseconds of this machine's monotonic clock. */
  readonly at: number;
  /** Seconds ahead of this machine's clock. */
  readonly difference: number;
}

/** The appliance's clock, as far as it is known here: from what its answers said and what has passed since. */
export class ApplianceClock {
  readonly #clock: Clock;
  #last: Reading | null = null;
  /** Of all Dates, the one that makes the present time the earliest. */
  #earliestDate: Reading | null = null;
  #timestamp: Reading | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes in the head of an answer that has just arrived, unless a gateway wrote it in the appliance's place. */
  observeAnswer(status: number, headers: HttpAnswer['headers']): void {
    if (status >= 502 && status <= 504) return;
    const reading = this.#read(parseHttpDate(headers.date));
    if (reading === null) return;
    this.#last = reading;
    if (this.#earliestDate === null || this.#present(reading) < this.#present(this.#earliestDate)) {
      this.#earliestDate = reading;
    }
  }

  /** Takes in `timestamp` of `get_api_info`. The Dates of answers tell more often: it counts as the last only without them. */
  observeTimestamp(time: UnixSeconds | null): void {
    const reading = this.#read(time);
    if (reading === null) return;
    this.#timestamp = reading;
    if (this.#earliestDate === null) this.#last = reading;
  }

  /** A lower bound of the present time by the last answer, with fractions; null before the first. */
  now(): UnixSeconds | null {
    return this.#last && this.#present(this.#last);
  }

  /** The earliest present time that any Date amounts to; null: no answer had one. */
  earliestDate(): UnixSeconds | null {
    return this.#earliestDate && this.#present(this.#earliestDate);
  }

  /** The present time by `get_api_info`; null: it was not asked, or does not say. */
  timestamp(): UnixSeconds | null {
    return this.#timestamp && this.#present(this.#timestamp);
  }

  /** Seconds that the appliance's clock is ahead of this machine's, to a tenth; null before the first observation. */
  difference(): number | null {
    return this.#last === null ? null : Math.round(this.#last.difference * 10) / 10;
  }

  /** Null for what can be no present time. */
  #read(time: UnixSeconds | null): Reading | null {
    if (time === null || !(time > earliest && time < latest)) return null;
    // A whole second stands for all the moments in it: half a second more is the best guess.
    const difference = time + 0.5 - this.#clock.now() / 1000;
    return { time, at: this.#clock.monotonic(), difference };
  }

  #present({ time, at }: Reading): UnixSeconds {
    return time + Math.max(0, this.#clock.monotonic() - at) / 1000;
  }
}

/** `Sun, 22 Nov 2026 12:00:00 GMT` → seconds; null for anything that is no date of that form. */
export function parseHttpDate(text: string | undefined): UnixSeconds | null {
  if (text === undefined || !/^\w{3}, \d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text.trim()))
    return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}
