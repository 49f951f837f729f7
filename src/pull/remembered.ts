import type { OpenSession, OwedItem } from '../state/state.ts';
import { readByLsid } from './by-lsid.ts';
import type { Moment, PullContext } from './context.ts';
import { isGivenUp, retryLater } from './owed.ts';
import { usualRules } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';

/** Sessions that were open, and those that the destination refused, are asked for by LSID; less `openNow`, seen open in this run. */
export async function readRemembered(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  openNow: ReadonlySet<string>,
): Promise<void> {
  const kind = stream.recordKind;
  if (!stream.kinds.includes(kind)) return;
  const open = context.ledger.openSessions(kind).filter((session) => !openNow.has(session.lsid));
  const owed = context.ledger.owed(kind).filter((item) => item.nextTry <= moment.now);
  const lsids = [...new Set([...open, ...owed].map((item) => item.lsid))];
  const found = await readByLsid(context, stream, moment, lsids, usualRules);
  for (const session of open) {
    if (!found.has(session.lsid)) forgetIfAbandoned(context, stream, moment, session);
  }
  for (const item of owed) if (!found.has(item.lsid)) oweOrGiveUp(context, moment, item);
}

/** What is owed and no longer known at the appliance: it may come back for as long as a recording may. */
function oweOrGiveUp({ ledger, tally, logger, transfer }: PullContext, moment: Moment, item: OwedItem): void {
  const { lsid, kind } = item;
  const reason = 'the appliance no longer knows it';
  const owed = retryLater(item, moment.now, { status: 'failed', reason });
  if (!isGivenUp(owed, moment.now, transfer.giveUpAfter)) {
    ledger.owe(owed);
    logger.warn(`Session ${lsid} is owed, and ${reason}`, { lsid });
    return;
  }
  ledger.settled(item);
  tally.failed(kind);
  logger.error(`Session ${lsid} is given up after ${owed.attempts} attempts: ${reason}`, { lsid });
}

/** The appliance no longer knows a session that was open. While it may come back it is remembered, then it is lost. */
function forgetIfAbandoned(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  session: OpenSession,
): void {
  const since = session.startTime ?? session.firstSeen;
  if (moment.now - since < context.transfer.abandonOpenAfter) return;
  context.ledger.closed(stream.recordKind, session.lsid);
  context.tally.failed(stream.recordKind);
  context.logger.error(
    `Session ${session.lsid} was open when it was last seen, and the appliance no longer knows it: it is lost`,
    { lsid: session.lsid },
  );
}
