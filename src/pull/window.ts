import type { Start } from '../config/configuration.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import { tolerances } from './time.ts';

/** From `from`, inclusive, to `until`. Whether the appliance counts `until` in or out makes no difference to us. */
export interface Window {
  readonly from: UnixSeconds;
  readonly until: UnixSeconds;
}

const day = 86_400;

/** The shortest that holds all of them; of none, an empty one. */
export function joinWindows(windows: readonly Window[]): Window {
  const [first, ...others] = windows;
  if (first === undefined) return { from: 0, until: 0 };
  return others.reduce(
    (a, b) => ({ from: Math.min(a.from, b.from), until: Math.max(a.until, b.until) }),
    first,
  );
}

/** Before the first appliance was sold: where `start = all` begins. */
const beginning: UnixSeconds = 1_041_379_200;

export function startOf(start: Start, now: UnixSeconds): UnixSeconds {
  if (start.type === 'ago') return now - start.seconds;
  return start.type === 'instant' ? start.time : beginning;
}

/**
 * Whether a start lies before where a kind began. The nodes of an appliance may differ by minutes: the same start, counted
 * back by another node's clock soon after the first pull, is not another one.
 */
export function reachesFurther(start: UnixSeconds, since: UnixSeconds | null): boolean {
  return since !== null && start < since - betweenNodes;
}

/** Seconds. */
const betweenNodes = 600;

export interface WindowRules {
  readonly start: Start;
  readonly overlap: number;
  readonly settle: number;
}

/**
 * What an incremental pull asks for: from where the last one came to, less the overlap, to the appliance's own time less
 * the settling time. `now` is where the first window counts back from.
 */
export function incrementalWindow(
  reached: UnixSeconds | null,
  now: UnixSeconds,
  rules: WindowRules,
  until = now - rules.settle,
): Window {
  const from = reached === null ? startOf(rules.start, now) : Math.min(reached, until) - rules.overlap;
  return { from: Math.max(0, from), until };
}

/** Whether the appliance's clock is behind where a window has ended: it was ahead then, and has been set back. */
export function wasSetBack(reached: UnixSeconds | null, until: UnixSeconds): boolean {
  return reached !== null && until < reached - tolerances.jitter;
}

/**
 * Where windows go on after that. How long ago, by the right time, the last one ended is not known: as far back as the
 * ledger recognises what was delivered. When the clock was ahead at the first pull already, that one began too late.
 */
export function afterSetBack(
  since: UnixSeconds | null,
  now: UnixSeconds,
  rules: Parameters<typeof ledgerHorizon>[0] & WindowRules,
): UnixSeconds {
  const start = startOf(rules.start, now);
  if (since !== null && since > start) return start;
  return Math.max(since ?? 0, now - ledgerHorizon(rules));
}

/**
 * Where a sweep by start time begins: as far behind what was reached as it looks back, so that a time without pulls is
 * made up however long it was. The first one reaches as far back as the first pull does.
 */
export function sweepFrom(
  reached: UnixSeconds | null,
  until: UnixSeconds,
  rules: { readonly sweep: number; readonly start: Start },
): UnixSeconds {
  const usual = Math.min(reached ?? until, until) - rules.sweep;
  return Math.max(0, reached === null ? Math.min(usual, startOf(rules.start, until)) : usual);
}

/** Where a sweep goes on in a transfer that was swept before, when it is not known until when. */
export function sweepStart(
  watermark: UnixSeconds,
  rules: { readonly sweep: number; readonly abandonOpenAfter: number },
): UnixSeconds {
  return Math.max(0, watermark - Math.max(rules.sweep, rules.abandonOpenAfter));
}

/** Once a day, with an hour to spare, so that a daily run that starts a little early does not leave one out. */
const sweepInterval = day - 3600;

export function sweepIsDue(sweptAt: UnixSeconds | null, now: UnixSeconds, sweep: number): boolean {
  if (sweep === 0) return false;
  return sweptAt === null || now - sweptAt >= sweepInterval || sweptAt > now + day;
}

/** Lengths of slices, in seconds. */
export const sliceLimits = { first: day, shortest: 60, longest: 64 * day } as const;

/**
 * The length of the next slice: quiet times go by in larger steps, busy ones in smaller, so that what one interruption
 * can cost stays small and years of history need no thousands of requests.
 */
export function nextSliceLength(length: number, seen: number): number {
  if (seen < 600) return Math.min(length * 2, sliceLimits.longest);
  if (seen > 2000) return Math.max(Math.ceil(length / 2), 3600);
  return length;
}

export function sliceFrom(from: UnixSeconds, until: UnixSeconds, length: number): Window {
  return { from, until: Math.min(from + length, until) };
}

/**
 * How far back, in seconds, something may come up again by a window, a sweep or the list of open sessions, with a day
 * to spare: the ledger must reach as far.
 */
export function ledgerHorizon(rules: {
  readonly overlap: number;
  readonly sweep: number;
  readonly abandonOpenAfter: number;
  readonly settle: number;
}): number {
  return Math.max(rules.overlap, rules.sweep, rules.abandonOpenAfter) + rules.settle + day;
}
