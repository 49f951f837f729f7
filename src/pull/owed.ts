import type { UnixSeconds } from '../platform/clock.ts';
import type { OwedItem } from '../state/state.ts';

const minute = 60;
const day = 86_400;

/** Pause after the n-th attempt, in seconds: 5 minutes, doubling, at most 6 hours. */
export function pauseAfter(attempts: number): number {
  return Math.min(5 * minute * 2 ** Math.max(0, attempts - 1), 360 * minute);
}

/** After an attempt that did not bring the item. */
export function retryLater(
  item: OwedItem,
  now: UnixSeconds,
  why: { readonly status: OwedItem['status']; readonly reason: string },
): OwedItem {
  const attempts = item.attempts + 1;
  return { ...item, ...why, attempts, nextTry: now + pauseAfter(attempts) };
}

export function isDue(item: OwedItem, now: UnixSeconds): boolean {
  return item.nextTry <= now;
}

export function isGivenUp(item: OwedItem, now: UnixSeconds, giveUpAfter: number): boolean {
  return now - item.since >= giveUpAfter;
}

/** Whether owing the item is a failure: what the appliance calls not ready is none in its first day. */
export function isOverdue(item: OwedItem, now: UnixSeconds): boolean {
  return item.status === 'not-ready' ? now - item.since >= day : item.status !== 'new';
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
