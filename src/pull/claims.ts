import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { OwedItem } from '../state/state.ts';
import type { Moment, PullContext } from './context.ts';

/**
 * Records in the destination what it holds of each kind for certain: should the state be lost, the next run looks for
 * the rest from there. Backups have no sessions that could be missed, and are claimed as they are taken.
 */
export async function recordClaims(
  context: PullContext,
  kinds: readonly Kind[],
  moment: Moment,
): Promise<void> {
  if (!context.ledger.remembers) return;
  // What is owed since the last commit limits the claim, too.
  await context.ledger.flushItems();
  for (const kind of kinds) {
    const since = context.ledger.kind(kind)?.since ?? null;
    const until = claimedUntil(context, kind, moment);
    if (since === null || until === null) continue;
    await context.destination.advance(kind, { since, until }, context.signal);
  }
}

/** Before whatever only the state knows of: what is owed, what no sweep has looked for yet, and before all that is to come. */
function claimedUntil(context: PullContext, kind: Kind, moment: Moment): UnixSeconds | null {
  const { ledger, clock } = context;
  const { reached = null } = ledger.kind(kind) ?? {};
  if (reached === null) return null;
  const present = Math.min(moment.now, Math.floor(clock.now() / 1000));
  const owed = ledger.owed(kind).map((item) => endOf(item) - 1);
  return owed.reduce((a, b) => Math.min(a, b), Math.min(reached, present, sweptFor(context, kind)));
}

/**
 * Until when sessions that never ended have been looked for. After a rebuild a sweep begins as far before the claim as it
 * looks back on other days (see `sweepStart`): what began earlier must have been swept.
 */
function sweptFor({ ledger, transfer }: PullContext, kind: Kind): UnixSeconds {
  const { sweepPosition = null, sweptAt = null, since = null } = ledger.kind(kind) ?? {};
  if (transfer.sweep === 0) return Number.POSITIVE_INFINITY;
  return (sweepPosition ?? sweptAt ?? since ?? 0) + Math.max(transfer.sweep, transfer.abandonOpenAfter);
}

function endOf({ names, since }: OwedItem): UnixSeconds {
  return names.endTime ?? names.startTime ?? since;
}
