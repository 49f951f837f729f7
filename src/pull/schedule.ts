import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { RunRecord, TransferState } from '../state/state.ts';

export interface Schedule {
  /** Seconds between runs. */
  readonly every: number;
  /** Minutes after midnight in the machine's time zone, for an `every` of whole days. */
  readonly at: number | null;
}

const minute = 60;
const day = 86_400;

/** What the state knows of a transfer's runs. */
export interface RunHistory {
  /** When the last run began; null: it never ran. */
  readonly last: UnixSeconds | null;
  /** When the failures began that the last run was one of; null when it did not fail. */
  readonly failingSince: UnixSeconds | null;
}

/**
 * A run that delivered something counts as done, though it failed in part. One that lies in the future says nothing: this
 * machine's clock was ahead when it began, and waiting for that time to come would stop the schedule until then. Nor does
 * one that left out some of `kinds`: they have waited since the run before.
 */
export function historyOf(known: TransferState | null, kinds: readonly Kind[], now: UnixSeconds): RunHistory {
  const recorded = known?.lastRun ?? null;
  const counts = recorded !== null && recorded.startedAt <= now + minute && hadAll(recorded, kinds);
  const last = counts ? recorded : null;
  const failingSince = last?.status === 'failed' ? (known?.failingSince ?? null) : null;
  return {
    last: last?.startedAt ?? null,
    failingSince: failingSince === null || failingSince > now + minute ? null : failingSince,
  };
}

/** One that failed before it began names no kind. */
function hadAll({ kinds: had }: RunRecord, kinds: readonly Kind[]): boolean {
  return Object.keys(had).length === 0 || kinds.every((kind) => had[kind] !== undefined);
}

/**
 * When a transfer is due next; null: at once. Periods count from the start of the last run, so that nothing drifts by
 * how long a run takes; a missed time is made up once, since only the last run counts. Times of day are the local
 * calendar's: a day more is the same time on the clock, however many hours that day has.
 *
 * A run that failed does not count as done. It is due again at once, then after as long as the failures have lasted,
 * which doubles the pause each time, and at the latest when the schedule says so.
 */
export function nextDue(schedule: Schedule, history: RunHistory): UnixSeconds | null {
  const { last, failingSince } = history;
  if (last === null) return null;
  const regular =
    schedule.at === null
      ? last + schedule.every
      : nextTimeOfDay(last, schedule.at, Math.max(1, Math.round(schedule.every / day)));
  return failingSince === null ? regular : Math.min(regular, last + Math.max(0, last - failingSince));
}

/**
 * Whatever falls due within the present minute is due: a scheduler that looks once a minute begins some seconds sooner
 * or later each time, and would let a period slip by a minute whenever it is sooner.
 */
export function isDue(schedule: Schedule, history: RunHistory, now: UnixSeconds): boolean {
  const due = nextDue(schedule, history);
  return due === null || Math.floor(due / minute) <= Math.floor(now / minute);
}

/** The time of day `days` days after the one that the run of `last` was for: the latest that is not after it. */
function nextTimeOfDay(last: UnixSeconds, at: number, days: number): UnixSeconds {
  const ran = new Date(last * 1000);
  const sameDay = localTime(ran, 0, at);
  const slotOffset = sameDay <= last ? 0 : -1;
  return localTime(ran, slotOffset + days, at);
}

/** A time that the change to summer time skips becomes the first one after it, as Date does. */
function localTime(date: Date, dayOffset: number, minutes: number): UnixSeconds {
  const local = new Date(date.getFullYear(), date.getMonth(), date.getDate() + dayOffset, 0, minutes);
  return Math.floor(local.getTime() / 1000);
}
