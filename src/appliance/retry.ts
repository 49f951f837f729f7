import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { parseHttpDate } from './appliance-clock.ts';
import type { HttpAnswer, HttpRequest, Send } from './http.ts';
import type { Pace } from './pace.ts';
import { Unavailable, Unreachable } from './unreachable.ts';

export interface RetryOptions {
  /** How often a request is repeated at most. */
  readonly retries: number;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly pace: Pace;
  readonly onRetry: () => void;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** Longer than this no run waits, whatever the appliance asks for: the next one comes anyway. */
const longestRetryAfterMs = 120_000;

/**
 * Repeats a request that failed in a way that may pass: no connection, a reset, silence, 429 and 5xx. Once an answer
 * is handed over it is the caller's. In the end throws `Unreachable`.
 */
export function withRetries(send: Send, options: RetryOptions): Send {
  return async (request, signal) => {
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await attemptOnce(send, request, signal);
      if (!(outcome instanceof Failure)) return outcome;
      const { passing } = outcome.error;
      if (!passing || request.once || attempt >= options.retries) throw outcome.error;
      await pauseBefore(attempt, outcome, options, signal);
    }
  };
}

/** One that may be made good by asking again. */
class Failure {
  readonly error: Unreachable;
  readonly retryAfterMs: number | null;

  constructor(error: Unreachable, retryAfterMs: number | null) {
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

async function attemptOnce(
  send: Send,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer | Failure> {
  try {
    const answer = await send(request, signal);
    if (request.anyStatus || !(answer.status === 429 || answer.status >= 500)) return answer;
    answer.body.discard();
    return new Failure(overloaded(answer.status, request), readRetryAfter(answer.headers));
  } catch (error) {
    if (error instanceof Unreachable) return new Failure(error, null);
    throw error;
  }
}

function overloaded(status: number, { what, url }: HttpRequest): Unavailable {
  if (status === 429) {
    return new Unavailable(`${url.host} refuses ${what}: too many requests (status 429).`, {
      what,
      status,
      hint: 'Lower requests_per_second of the site, or run less often.',
    });
  }
  return new Unavailable(`${url.host} cannot give ${what} at present (status ${status}).`, {
    what,
    status,
    hint: 'Look at the health of the appliance; the next run asks again.',
  });
}

async function pauseBefore(
  attempt: number,
  failure: Failure,
  options: RetryOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger, pace, onRetry } = options;
  const pause = pauseMs(attempt, options.random);
  const asked = Math.min(failure.retryAfterMs ?? 0, longestRetryAfterMs);
  if (asked > 0) pace.hold(asked);
  logger.warn(`${failure.error.message} Trying again`, {
    attempt: attempt + 1,
    pause_s: Math.round(Math.max(pause, asked) / 100) / 10,
  });
  onRetry();
  await clock.sleep(Math.max(pause, asked), signal);
}

/** Doubling, and less by a random part of it, so that clients that failed together do not come back together. */
export function pauseMs(attempt: number, random: () => number): number {
  const longest = Math.min(firstPauseMs * 2 ** attempt, longestPauseMs);
  return longest * (0.5 + random() / 2);
}

/** `Retry-After` in milliseconds. A date is meant by the appliance's own clock, which `Date` gives. */
export function readRetryAfter(headers: HttpAnswer['headers']): number | null {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const until = parseHttpDate(value);
  const now = parseHttpDate(headers.date);
  return until === null || now === null ? null : Math.max(0, until - now) * 1000;
}
