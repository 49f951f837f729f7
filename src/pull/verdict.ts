import type { UnixSeconds } from '../platform/clock.ts';

/**
 * What is to be done with a record of a report:
 * - `deliver`: it is new or has changed.
 * - `unchanged`: it stands in the ledger with this content.
 * - `remember`: it is still in progress, and is asked for again by its LSID.
 * - `wait`: it has ended within the settling time; a later window holds it, complete.
 */
export type Verdict = 'deliver' | 'unchanged' | 'remember' | 'wait';

export interface RecordFacts {
  readonly startTime: UnixSeconds | null;
  readonly endTime: UnixSeconds | null;
  /** See `ReportRecord`. */
  hasContent(hash: string): boolean;
}

export interface VerdictRules {
  /** The content hash in the ledger, or null. */
  readonly known: string | null;
  /** Upper end of the run's window. */
  readonly until: UnixSeconds;
  readonly now: UnixSeconds;
  readonly abandonOpenAfter: number;
  /** False: the time may be wrong, and nothing is abandoned by it. */
  readonly isConfirmed?: boolean;
}

/** Seconds. A clock was ahead when the session ended that is to end later than that: nobody knows when a window holds it. */
const longestRun = 86_400;

export function judgeRecord(record: RecordFacts, rules: VerdictRules): Verdict {
  if (record.endTime === null) return judgeOpen(record, rules);
  if (record.endTime > rules.until && record.endTime <= Math.max(rules.now, rules.until) + longestRun)
    return 'wait';
  return rules.known !== null && record.hasContent(rules.known) ? 'unchanged' : 'deliver';
}

/** One that was delivered without an end is not delivered again for every event it gathers, only when it has ended. */
function judgeOpen(record: RecordFacts, rules: VerdictRules): Verdict {
  if (rules.known !== null) return 'unchanged';
  if (record.startTime === null) return 'deliver';
  const isAbandoned = rules.isConfirmed !== false && rules.now - record.startTime >= rules.abandonOpenAfter;
  return isAbandoned ? 'deliver' : 'remember';
}
