import type { UnixSeconds } from '../platform/clock.ts';
import type { AbandonedSession, OpenSession, OwedItem } from '../state/state.ts';
import { readByLsid } from './by-lsid.ts';
import type { Moment, PullContext } from './context.ts';
import { gapOf } from './gaps.ts';
import { afterMiss, isDue, latest, pauseAfter } from './owed.ts';
import { usualRules } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';

/**
 * Asked for by LSID are: sessions that were open, less `openNow`, seen open in this run; those that the destination
 * refused; and those that were delivered without an end.
 */
export async function readRemembered(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  openNow: ReadonlySet<string>,
): Promise<void> {
  const kind = stream.recordKind;
  if (!stream.kinds.includes(kind)) return;
  const { ledger } = context;
  const open = ledger.openSessions(kind).filter((session) => !openNow.has(session.lsid));
  const owed = ledger.owed(kind).filter((item) => gapOf(item) === null && isDue(item, latest(moment)));
  const abandoned = abandonedToAsk(context, stream, moment);
  const lsids = [...new Set([...open, ...owed, ...abandoned].map((item) => item.lsid))];
  const found = await readByLsid(context, stream, moment, lsids, usualRules);
  for (const session of open) {
    if (!found.has(session.lsid)) forgetIfAbandoned(context, stream, moment, session);
  }
  for (const item of owed) if (!found.has(item.lsid)) oweOrGiveUp(context, moment, item);
  await askAgainLater(context, stream, moment, abandoned);
}

/** What is owed and no longer known at the appliance: it may come back for as long as a recording may. */
function oweOrGiveUp({ ledger, tally, logger, transfer }: PullContext, moment: Moment, item: OwedItem): void {
  const { lsid, kind } = item;
  const reason = 'the appliance no longer knows it';
  const why = { status: 'failed', reason } as const;
  const { owed, isGivenUp } = afterMiss(item, moment, transfer.giveUpAfter, why);
  if (!isGivenUp) {
    ledger.owe(owed);
    logger.warn(`Session ${lsid} is owed, and ${reason}`, { lsid });
    return;
  }
  ledger.giveUp(owed, moment.now);
  tally.failed(kind);
  logger.error(`Session ${lsid} is given up after ${owed.attempts} attempts: ${reason}`, { lsid });
}

/** The appliance no longer knows a session that was open. While it may come back it is remembered, then it is lost. */
function forgetIfAbandoned(
  { ledger, tally, logger, transfer }: PullContext,
  stream: ReportStream,
  { now, isConfirmed }: Moment,
  { lsid, startTime, firstSeen }: OpenSession,
): void {
  if (!isConfirmed || now - (startTime ?? firstSeen) < transfer.abandonOpenAfter) return;
  const reason = 'the appliance no longer knows it';
  const names = { lseq: null, sessionType: null, externalKey: null, startTime, endTime: null };
  const item = { kind: stream.recordKind, lsid, instance: 0, status: 'failed', reason, names } as const;
  ledger.giveUp({ ...item, since: firstSeen, attempts: 0, nextTry: now }, now);
  tally.failed(stream.recordKind);
  logger.error(`Session ${lsid} was open when it was last seen, and ${reason}: it is lost`, { lsid });
}

const day = 86_400;

/** Sessions that were delivered without an end, unless that is too long ago by the trusted time. */
function abandonedToAsk(
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
async function askAgainLater(
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
