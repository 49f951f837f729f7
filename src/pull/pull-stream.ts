import { toIso, type UnixSeconds } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';
import type { OwedItem } from '../state/state.ts';
import type { Moment, PullContext, Selection } from './context.ts';
import { isGivenUp, retryLater } from './owed.ts';
import { type PassResult, type PassRules, readReport, usualRules } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';
import { readInSlices } from './slices.ts';
import { untilWhole } from './until-whole.ts';
import {
  afterSetBack,
  incrementalWindow,
  ledgerHorizon,
  startOf,
  sweepFrom,
  sweepIsDue,
  type Window,
  wasSetBack,
} from './window.ts';

/** Most LSIDs in one request. */
const lsidsPerRequest = 50;

/** Pulls one report's records: what has ended since the watermark, what never ended, what was still open. */
export async function pullStream(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
): Promise<Window> {
  const { selection } = context;
  if (selection.type === 'window') return readWindow(context, stream, moment, selection);
  const sweepsFrom = beginSweep(context, stream, moment);
  const window = await readNew(context, stream, moment);
  const openNow =
    sweepsFrom === null
      ? new Set<string>()
      : await sweep(context, stream, moment, { from: sweepsFrom, beganAt: window.from });
  await readRemembered(context, stream, moment, openNow);
  // Last, since a first sweep reaches further back than any later one.
  for (const kind of stream.kinds) context.ledger.prune(kind, window.until - ledgerHorizon(context.transfer));
  return window;
}

/**
 * `--session`: what a person names is offered to the destination even if the ledger knows it. Only the reports tell
 * whether an LSID is a session's or a presentation's: each is asked for what those before it did not know.
 */
export async function pullNamed(
  context: PullContext,
  streams: readonly ReportStream[],
  moment: Moment,
  lsids: readonly string[],
): Promise<void> {
  if (streams.length === 0) return;
  // Whoever names a session that has ended a moment ago does not want to wait until it has settled.
  const settled = { ...moment, until: Number.POSITIVE_INFINITY };
  let missing = lsids;
  for (const stream of streams) {
    const found = await readByLsid(context, stream, settled, missing, explicitRules(context));
    missing = missing.filter((lsid) => !found.has(lsid));
  }
  if (missing.length === 0) return;
  throw new IcError('not-understood', `${context.site.host} knows no session ${missing.join(', ')}.`, {
    hint: 'Check the LSID; sessions beyond the retention of the appliance are gone from it.',
  });
}

/** By end time, from the watermark on; the watermark follows the destination's confirmations. */
async function readNew(context: PullContext, stream: ReportStream, moment: Moment): Promise<Window> {
  const { ledger, transfer, logger } = context;
  const window = incrementalWindow(goesOnFrom(context, stream, moment), moment.now, transfer);
  for (const kind of stream.kinds) {
    if ((ledger.kind(kind)?.reached ?? null) === null) ledger.begins(kind, window.from);
  }
  await readInSlices(context, stream, moment, {
    window,
    by: 'end',
    rules: usualRules,
    reached: async (until, pass) => {
      const safe = Math.min(until, appliancesLimit(pass, transfer.settle));
      for (const kind of stream.kinds) {
        if (safe > (ledger.kind(kind)?.reached ?? 0)) ledger.advance(kind, safe);
      }
      await settleSlice(context, stream, pass, safe);
      logger.debug(`${stream.report}: ${pass.seen} records up to ${until}`);
    },
  });
  return window;
}

/** Where all kinds of the stream have come to; null when one of them begins. */
function goesOnFrom(context: PullContext, stream: ReportStream, moment: Moment): UnixSeconds | null {
  const places = stream.kinds.map((kind) => reachedBy(context, kind, moment));
  const known = places.filter((place) => place !== null);
  if (known.length < places.length) return null;
  const from = Math.min(...known);
  const { ledger, logger, site } = context;
  if (stream.kinds.some((kind) => wasSetBack(ledger.kind(kind)?.reached ?? null, moment.until))) {
    logger.warn(
      `The clock of ${site.host} was set back since the last pull: ${stream.recordKind} are looked for again from ${toIso(from)}`,
    );
  }
  return from;
}

function reachedBy({ ledger, transfer }: PullContext, kind: Kind, moment: Moment): UnixSeconds | null {
  const { reached = null, since = null } = ledger.kind(kind) ?? {};
  if (!wasSetBack(reached, moment.until)) return reached;
  const place = afterSetBack(since, moment.now, transfer);
  ledger.setBack(kind, place);
  return place;
}

/** The appliance's clock may have been set back during the run: what it had not reached when asked is not safe. */
function appliancesLimit(pass: PassResult, settle: number): UnixSeconds {
  const roundingOfDate = 2;
  return pass.requestedAt + roundingOfDate - settle;
}

/** A slice that held something is made durable at once; quiet ones together, after a few seconds. */
async function settleSlice(
  context: PullContext,
  stream: ReportStream,
  pass: PassResult,
  watermark: UnixSeconds,
): Promise<void> {
  if (context.ledger.remembers && pass.seen > 0) {
    // Recordings are only owed by now: what is said of them comes after their downloads.
    if (stream.kinds.includes(stream.recordKind))
      await context.destination.advance(stream.recordKind, watermark, context.signal);
    await context.ledger.flush();
  } else {
    await context.ledger.flushIfLate();
  }
}

/**
 * Where a sweep by start time goes on, or begins; null when none is due. Noted before the watermark moves: a run that
 * breaks off must not shorten what a later one sweeps.
 */
function beginSweep(
  { ledger, transfer }: PullContext,
  stream: ReportStream,
  moment: Moment,
): UnixSeconds | null {
  const lead = stream.kinds[0] as Kind;
  const { sweptAt = null, sweepPosition = null, reached = null } = ledger.kind(lead) ?? {};
  if (!sweepIsDue(sweptAt, moment.now, transfer.sweep)) return null;
  if (sweepPosition !== null) return sweepPosition;
  const from = sweepFrom(reached, moment.until, transfer);
  ledger.sweepReached(lead, from);
  return from;
}

/**
 * Once a day by start time: sessions without an end, late ones, edited ones. Resolves with the LSIDs of those that it
 * found open, which need not be asked for again in this run. `beganAt` is where the run's window did.
 */
async function sweep(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  { from, beganAt }: { readonly from: UnixSeconds; readonly beganAt: UnixSeconds },
): Promise<ReadonlySet<string>> {
  const openNow = new Set<string>();
  const { ledger } = context;
  const lead = stream.kinds[0] as Kind;
  await ledger.flush();
  // A dry run has noted nothing.
  const since = ledger.kind(lead)?.since ?? (context.dryRun ? beganAt : 0);
  await readInSlices(context, stream, moment, {
    window: { from, until: moment.until },
    by: 'start',
    rules: { ...usualRules, countUnchanged: false, endedFrom: since },
    reached: async (until, pass) => {
      for (const lsid of pass.open) openNow.add(lsid);
      ledger.sweepReached(lead, until);
      await (pass.seen > 0 ? ledger.flush() : ledger.flushIfLate());
    },
  });
  ledger.swept(lead, moment.now);
  return openNow;
}

/** Sessions that were open, and sessions that the destination refused, are asked for by LSID. */
async function readRemembered(
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
    if (!found.has(session.lsid)) await forgetIfAbandoned(context, stream, moment, session);
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
async function forgetIfAbandoned(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  session: { readonly lsid: string; readonly startTime: UnixSeconds | null; readonly firstSeen: UnixSeconds },
): Promise<void> {
  const since = session.startTime ?? session.firstSeen;
  if (moment.now - since < context.transfer.abandonOpenAfter) return;
  context.ledger.closed(stream.recordKind, session.lsid);
  context.tally.failed(stream.recordKind);
  context.logger.error(
    `Session ${session.lsid} was open when it was last seen, and the appliance no longer knows it: it is lost`,
    { lsid: session.lsid },
  );
}

async function readByLsid(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  lsids: readonly string[],
  rules: PassRules,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let from = 0; from < lsids.length; from += lsidsPerRequest) {
    const query = { report: stream.report, lsids: lsids.slice(from, from + lsidsPerRequest) };
    const pass = await untilWhole(context, () => readReport(context, stream, query, moment, rules));
    for (const lsid of pass.lsids) found.add(lsid);
  }
  return found;
}

/** `--since` and `--until`: by end time, and by start time only for those that never ended. */
async function readWindow(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  selection: Extract<Selection, { type: 'window' }>,
): Promise<Window> {
  const from = startOf(selection.since, moment.now);
  const end = selection.until === null ? moment.until : startOf(selection.until, moment.now);
  const until = Math.min(end, moment.until);
  const window = { from: Math.min(from, until), until };
  if (from >= moment.until) {
    context.logger.warn(
      `The period begins at ${toIso(from)}, and windows end at ${toIso(moment.until)}, which is ${context.transfer.settle} s before the time of ${context.site.host}: there is nothing to ask for`,
    );
  }
  const reached = () => context.ledger.flush();
  const rules = explicitRules(context);
  await readInSlices(context, stream, moment, { window, by: 'end', rules, reached });
  if (context.transfer.sweep > 0) {
    const onlyOpen = { ...rules, handleClosed: false };
    await readInSlices(context, stream, moment, { window, by: 'start', rules: onlyOpen, reached });
  }
  return window;
}

/** What a person asks for by name or period. */
function explicitRules(context: PullContext): PassRules {
  const offerKnown = context.destination.capabilities.recognises && !context.dryRun;
  return { ...usualRules, offerKnown, askAgain: true };
}
