import type { UnixSeconds } from '../platform/clock.ts';
import type { OwedItem } from '../state/state.ts';
import type { Moment } from './context.ts';
import { tolerances } from './time.ts';

const minute = 60;
const day = 86_400;
const longestPause = 360 * minute;

/** So many attempts, with the pauses between them, take more than a day. */
const attemptsOfADay = 10;

/** Pause after the n-th attempt, in seconds: 5 minutes, doubling, at most 6 hours. */
export function pauseAfter(attempts: number): number {
  return Math.min(5 * minute * 2 ** Math.max(0, attempts - 1), longestPause);
}

/** The time for what may well be too early or too loud, but not too late: a reading that is in doubt counts. */
export function latest({ now, shown }: Pick<Moment, 'now' | 'shown'>): UnixSeconds {
  return Math.max(now, shown);
}

/** After an attempt that did not bring the item. `now` may be in doubt: a pause that comes out too long is no pause. */
export function retryLater(
  item: OwedItem,
  now: UnixSeconds,
  why: { readonly status: OwedItem['status']; readonly reason: string },
): OwedItem {
  const attempts = item.attempts + 1;
  return { ...item, ...why, attempts, nextTry: now + pauseAfter(attempts) };
}

/** Also when it was to be due at a time that no honest clock can have set: the clock was ahead then. */
export function isDue(
  item: Pick<OwedItem, 'since' | 'nextTry'>,
  now: UnixSeconds,
  longest = longestPause,
): boolean {
  const { jitter } = tolerances;
  return item.nextTry <= now || item.since > now + jitter || item.nextTry > now + longest + jitter;
}

/** An item that was first owed by a clock that was ahead counts from now, but not from before there was anything to owe. */
export function withoutFuture(item: OwedItem, { now, isConfirmed }: Moment): OwedItem {
  if (!isConfirmed || item.since <= now + tolerances.jitter) return item;
  return { ...item, since: Math.min(item.since, Math.max(now, item.names.endTime ?? now)) };
}

/** An item that was tried only once or twice is not given up, however long ago it was first owed. */
const fewestAttempts = 3;

/**
 * After an attempt that did not bring the item: owed to a later run, or given up. What would be given up by a time that is
 * not confirmed is left to the next run to decide.
 */
export function afterMiss(
  item: OwedItem,
  moment: Moment,
  giveUpAfter: number,
  why: { readonly status: OwedItem['status']; readonly reason: string },
): { readonly owed: OwedItem; readonly isGivenUp: boolean } {
  const now = latest(moment);
  const owed = retryLater(withoutFuture(item, moment), now, why);
  if (owed.attempts < fewestAttempts || !isGivenUp(owed, now, giveUpAfter)) return { owed, isGivenUp: false };
  if (moment.isConfirmed) return { owed, isGivenUp: true };
  return { owed: { ...owed, nextTry: moment.now }, isGivenUp: false };
}

export function isGivenUp(item: OwedItem, now: UnixSeconds, giveUpAfter: number): boolean {
  return now - item.since >= giveUpAfter;
}

/**
 * Whether owing the item is a failure: what the appliance calls not ready is none in its first day, and what was never tried
 * is none in its first day by this machine's clock. `machine` is the time by that; a day has also passed after so many attempts
 * as fit in one, whatever any clock says.
 */
export function isOverdue(item: OwedItem, now: UnixSeconds, machine: UnixSeconds | null = null): boolean {
  if (item.status === 'failed' || item.status === 'refused') return true;
  const isOldHere = machine !== null && item.machineSince !== undefined && machine - item.machineSince >= day;
  if (item.status === 'new') return isOldHere;
  return isOldHere || item.attempts >= attemptsOfADay || now - item.since >= day;
}

/** Appliances expire recordings, so the oldest go first. */
export function oldestFirst(a: OwedItem, b: OwedItem): number {
  return ageOf(a) - ageOf(b) || a.since - b.since;
}

function ageOf(item: OwedItem): number {
  return item.names.endTime ?? item.names.startTime ?? item.since;
}

/** Whether the last attempt was made at `now`. */
export function wasTriedAt(item: OwedItem, now: UnixSeconds): boolean {
  return item.nextTry === now + pauseAfter(item.attempts);
}

export function describeItem({ kind, lsid, instance }: OwedItem): string {
  return kind.endsWith('-recordings') ? `${kind} ${instance} of session ${lsid}` : `${kind} ${lsid}`;
}
