import type { NotifyConfig } from '../config/configuration.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import type { TransferStatus } from '../pull/result.ts';

/**
 * Why a channel tells of a transfer; a reminder is the failure told again, a belated recovery one of a failure that could
 * not be told.
 */
export type Occasion = 'failure' | 'reminder' | 'recovery' | 'belated' | 'success';

/** What is remembered in place of a time when the channel could not tell that the transfer fails. */
export const untold: UnixSeconds = 0;

export interface Standing {
  readonly status: TransferStatus;
  /** When this channel last told that the transfer fails; `untold` when it could not; null when nothing is open. */
  readonly notifiedAt: UnixSeconds | null;
  /** Seconds between the transfer's runs. */
  readonly every: number;
}

export interface Decision {
  /** Null: nothing is said. */
  readonly tell: Occasion | null;
  /** What is remembered as `notifiedAt` once that is said; `undefined`: it stays as it is. */
  readonly remember: UnixSeconds | null | undefined;
}

const day = 86_400;
const nothing: Decision = { tell: null, remember: undefined };

/**
 * What one channel says of a transfer that ran at `now`: once when it begins to fail, once a day while it does, and
 * once when it is well again. What is not wished for is remembered as if it had been said, so that a recovery is told
 * to whoever asks for recoveries alone.
 */
export function decide(
  { status, notifiedAt, every }: Standing,
  on: NotifyConfig['on'],
  now: UnixSeconds,
): Decision {
  if (status === 'locked' || status === 'not-due') return nothing;
  if (status !== 'ok') {
    const isTold = notifiedAt !== null && notifiedAt !== untold;
    if (isTold && !isDayLater(notifiedAt, now, every)) return nothing;
    return { tell: on.has('failure') ? (isTold ? 'reminder' : 'failure') : null, remember: now };
  }
  if (notifiedAt === untold) return { tell: 'belated', remember: null };
  if (notifiedAt !== null && on.has('recovery')) return { tell: 'recovery', remember: null };
  return { tell: on.has('success') ? 'success' : null, remember: notifiedAt === null ? undefined : null };
}

/**
 * The run that is nearest to a day later is the one that tells again: a daily one may begin a minute earlier than it
 * did, or an hour when summer time begins. A clock that was set back by more than a day does not silence anything.
 */
function isDayLater(then: UnixSeconds, now: UnixSeconds, every: number): boolean {
  const slack = Math.min(every / 2, 70 * 60);
  return Math.abs(now - then) >= day - slack;
}
