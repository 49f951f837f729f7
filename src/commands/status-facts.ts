import type { Transfer } from '../config/configuration.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import { type LockTaken, lockTakenAt } from '../platform/lock-holder.ts';
import { isOverdue as isOwedTooLong } from '../pull/owed.ts';
import { historyOf, nextDue } from '../pull/schedule.ts';
import { transferLockName } from '../state/lock.ts';
import type { FoundLocked, OwedItem, State, TransferState } from '../state/state.ts';

/** What `ic status` knows of one transfer. */
export interface TransferStatus {
  readonly transfer: Transfer;
  readonly known: TransferState | null;
  /** Of the last run; `running` during the first one, `never-ran` before it. */
  readonly status: string;
  readonly lastSuccess: UnixSeconds | null;
  readonly nextDue: UnixSeconds;
  /** Nothing has started a run for so long after it was due that nothing will. */
  readonly isOverdue: boolean;
  /** Older than `--max-age` allows. */
  readonly tooOld: boolean;
  readonly running: LockTaken | null;
  readonly locked: FoundLocked | null;
  readonly owed: readonly OwedGroup[];
}

/** What is owed of one kind for one reason. */
export interface OwedGroup {
  readonly kind: Kind;
  readonly status: OwedItem['status'];
  readonly count: number;
  /** How many of them should be there by now. */
  readonly overdue: number;
  /** By the appliance's clock, of the one that waits longest; the reason is its reason. */
  readonly since: UnixSeconds;
  readonly reason: string;
  readonly nextTry: UnixSeconds;
}

export async function factsOf(
  transfer: Transfer,
  {
    state,
    statePath,
    now,
    maxAge,
  }: {
    readonly state: State;
    readonly statePath: string;
    readonly now: UnixSeconds;
    readonly maxAge: number | null;
  },
): Promise<TransferStatus> {
  const known = state.transfer(transfer.name);
  const lastSuccess = known?.lastSuccess ?? null;
  const running = await lockTakenAt(await transferLockName(statePath, transfer.name));
  // A transfer that never ran is due at once.
  const due = nextDue(transfer, historyOf(known, transfer.data, now)) ?? now;
  return {
    transfer,
    known,
    status: known?.lastRun?.status ?? (running === null ? 'never-ran' : 'running'),
    lastSuccess,
    nextDue: due,
    isOverdue: running === null && isOverdue(due, now),
    tooOld: maxAge !== null && (lastSuccess === null || Math.abs(now - lastSuccess) > maxAge),
    running,
    locked: state.foundLocked(transfer.name),
    owed: groupOwed(state.owed(transfer.name), now),
  };
}

/** Seconds: whoever starts runs may look but now and then, or the machine may sleep. */
const patience = 3600;

function isOverdue(due: UnixSeconds, now: UnixSeconds): boolean {
  return due < now - patience;
}

/** The largest group first. */
function groupOwed(items: readonly OwedItem[], now: UnixSeconds): readonly OwedGroup[] {
  return [...Map.groupBy(items, ({ kind, status }) => `${kind} ${status}`).values()]
    .map((group) => {
      const oldest = group.reduce((first, item) => (item.since < first.since ? item : first));
      return {
        kind: oldest.kind,
        status: oldest.status,
        count: group.length,
        overdue: group.filter((item) => isOwedTooLong(item, now, now)).length,
        since: oldest.since,
        reason: oldest.reason,
        nextTry: group.reduce((first, { nextTry }) => Math.min(first, nextTry), oldest.nextTry),
      };
    })
    .sort((a, b) => b.count - a.count);
}

/** Found locked by run after run for longer than its schedule allows: as `ic pull` judges it. */
export function isHeldTooLong({ locked, transfer }: TransferStatus, now: UnixSeconds): boolean {
  return locked !== null && locked.count > 1 && now - locked.since > transfer.every;
}

export type Standing = 'well' | 'doubtful' | 'failing';

/** What a monitor, `--failing` and colours go by: failing is what lost its last run, doubtful what did part of it. */
export function standingOf(status: TransferStatus, now: UnixSeconds): Standing {
  if (status.status === 'failed' || status.tooOld || isHeldTooLong(status, now)) return 'failing';
  const isOwing = status.owed.some(({ overdue }) => overdue > 0);
  const hasNotRun = status.status === 'never-ran';
  return status.status === 'partial' || status.isOverdue || isOwing || hasNotRun ? 'doubtful' : 'well';
}
