import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { AbandonedSession } from '../state/state.ts';
import type { Moment, PullContext } from './context.ts';
import { isDue, latest, pauseAfter } from './owed.ts';
import type { ReportStream } from './report-stream.ts';

const day = 86_400;

/** A session that the destination has without an end goes on being asked for, unless it began too long ago. */
export function expectEnd(
  { ledger, transfer }: Pick<PullContext, 'ledger' | 'transfer'>,
  now: UnixSeconds,
  kind: Kind,
  { lsid, startTime }: { readonly lsid: string; readonly startTime: UnixSeconds | null },
): void {
  if (ledger.isAbandoned(kind, lsid)) return;
  if (startTime !== null && now - startTime >= transfer.forgetAbandonedAfter) {
    ledger.closed(kind, lsid);
    return;
  }
  const attempts = 1;
  ledger.abandon(kind, { lsid, since: now, attempts, nextTry: now + pauseAfter(attempts) });
}

/** Sessions that were delivered without an end, unless that is too long ago by the trusted time. */
export function abandonedToAsk(
  { ledger, transfer }: PullContext,
  { recordKind }: ReportStream,
  moment: Moment,
): readonly AbandonedSession[] {
  return ledger
    .abandoned(recordKind)
    .filter(({ since }) => moment.now - since < transfer.forgetAbandonedAfter)
    .filter((session) => isDue(session, latest(moment), day));
}

/** Of those that were asked for, the ones that still have no end; and what nobody need remember any longer is forgotten. */
export async function askAgainLater(
  { ledger, transfer, clock }: PullContext,
  { recordKind }: ReportStream,
  { now, isConfirmed }: Moment,
  asked: readonly AbandonedSession[],
): Promise<void> {
  if (asked.length > 0) await ledger.flush();
  const lsids = new Set(asked.map(({ lsid }) => lsid));
  const machine = clock.now() / 1000;
  for (const session of ledger.abandoned(recordKind)) {
    const { lsid, since, machineSince } = session;
    const age = Math.min(now - since, machine - machineSince);
    if (lsids.has(lsid)) ledger.abandon(recordKind, triedAgain(session, now, isConfirmed));
    else if (isConfirmed && age >= transfer.forgetAbandonedAfter) ledger.forgetAbandoned(recordKind, lsid);
  }
}

/** Pauses grow as those of what is owed, and to a day after a week. */
function triedAgain(session: AbandonedSession, now: UnixSeconds, isConfirmed: boolean): AbandonedSession {
  const attempts = session.attempts + 1;
  const since = isConfirmed ? Math.min(session.since, now) : session.since;
  const pause = now - since < 7 * day ? pauseAfter(attempts) : day;
  return { ...session, since, attempts, nextTry: now + pause };
}
