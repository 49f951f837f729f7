import { type Answer, html } from './answer.ts';
import type { ApplianceClock } from './clock.ts';
import type { RateLimit } from './settings.ts';

/** Counts requests per second of the appliance's clock, and refuses those beyond the limit. */
export class RateLimiter {
  readonly #clock: ApplianceClock;
  #second = 0;
  #count = 0;

  constructor(clock: ApplianceClock) {
    this.#clock = clock;
  }

  /** The refusal that a request earns, null when it is within the limit. */
  refusal(limit: RateLimit | null): Answer | null {
    const second = this.#clock.seconds();
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    this.#count += 1;
    return limit === null || this.#count <= limit.perSecond ? null : tooMany(limit, second);
  }
}

function tooMany(limit: RateLimit, second: number): Answer {
  const answer = html('Too Many Requests', 429);
  const retryAfter = { seconds: '1', date: new Date((second + 1) * 1000).toUTCString(), none: null }[
    limit.retryAfter
  ];
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'X-RateLimit-Limit': String(limit.perSecond),
      'X-RateLimit-Remaining': '0',
      ...(retryAfter !== null && { 'Retry-After': retryAfter }),
    },
  };
}
