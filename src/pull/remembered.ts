import type { OpenSession, OwedItem } from '../state/state.ts';
import { abandonedToAsk, askAgainLater } from './abandoned.ts';
import { readByLsid } from './by-lsid.ts';
import type { Moment, PullContext } from './context.ts';
import { gapOf } from './gaps.ts';
import { afterMiss, isDue, latest } from './owed.ts';
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
