import { toIso, type UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import { recordClaims } from './claims.ts';
import type { Moment, PullContext } from './context.ts';
import { groupsByPlace } from './kind-groups.ts';
import { type PassResult, usualRules } from './read-report.ts';
import { readRemembered } from './remembered.ts';
import type { ReportStream } from './report-stream.ts';
import { readGaps, readInSlices } from './slices.ts';
import { beginSweeps, type Sweep } from './sweep.ts';
import {
  afterSetBack,
  incrementalWindow,
  joinWindows,
  ledgerHorizon,
  reachesFurther,
  startOf,
  type Window,
  wasSetBack,
} from './window.ts';

/**
 * The incremental pull of one report: what has ended since the watermark, what never ended, what was still open. Kinds
 * that have come to different places, since one was added later, are read in a pass for each place, until they have met.
 * Resolves with the window by end time.
 */
export async function pullStream(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
): Promise<Window> {
  await extendToStart(context, stream, moment);
  const places = stream.kinds.map((kind) => ({ kind, place: reachedBy(context, stream, kind, moment) }));
  const windows: Window[] = [];
  const openNow = new Set<string>();
  for (const { kinds, from } of groupsByPlace(places)) {
    windows.push(await pullGroup(context, { ...stream, kinds }, moment, { reached: from, openNow }));
  }
  await readRemembered(context, stream, moment, openNow);
  await readGaps(context, stream, moment);
  letGo(context, stream, moment, moment.reaches);
  return joinWindows(windows);
}

/** What the kinds of one place have not seen yet. Adds to `openNow` the LSIDs of sessions that a sweep found open. */
async function pullGroup(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  { reached, openNow }: { readonly reached: UnixSeconds | null; readonly openNow: Set<string> },
): Promise<Window> {
  const window = incrementalWindow(reached, moment.now, context.transfer, moment.until);
  // Before the watermark moves: a run that breaks off must not shorten what a later one sweeps.
  const sweeps = beginSweeps(context, stream, moment, window);
  for (const kind of stream.kinds) {
    if ((context.ledger.kind(kind)?.reached ?? null) === null) context.ledger.begins(kind, window.from);
  }
  await readNew(context, stream, moment, { window, sweeps });
  for (const sweep of sweeps) {
    await sweep.complete();
    for (const lsid of sweep.openNow) openNow.add(lsid);
  }
  return window;
}

/** Seconds that the clocks of an appliance's nodes, and what they report, may be apart. */
const spareTime = 3600;

/** From how many records on the sweep catches up with the windows: so many, and a slice, are all that the ledger holds. */
const mostAhead = 1000;

/** By end time, from the watermark on; the watermark follows the destination's confirmations. */
async function readNew(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  { window, sweeps }: { readonly window: Window; readonly sweeps: readonly Sweep[] },
): Promise<void> {
  const { ledger, transfer, logger } = context;
  let ahead = 0;
  await readInSlices(context, stream, moment, {
    window,
    by: 'end',
    rules: usualRules,
    reached: async (until, pass) => {
      const safe = Math.min(until, moment.reaches, appliancesLimit(pass, transfer.settle));
      for (const kind of stream.kinds) {
        if (safe > (ledger.kind(kind)?.reached ?? 0)) ledger.advance(kind, safe);
      }
      await settleSlice(context, stream, pass, moment);
      logger.debug(`${stream.report}: ${pass.seen} records up to ${until}`);
      ahead += pass.seen;
      if (ahead < mostAhead) return;
      ahead = 0;
      for (const sweep of sweeps) if (sweep.position < safe) await sweep.upTo(safe);
      letGo(context, stream, moment, Math.min(safe, ...sweeps.map(({ position }) => position)));
    },
  });
}

/**
 * Windows and sweep have come to `place`: what ended well before does not come up again in this pull or the next, and
 * later ones look back from where this one comes to only as far as the ledger's horizon.
 */
function letGo({ ledger, transfer }: PullContext, stream: ReportStream, moment: Moment, place: number): void {
  if (!moment.isConfirmed) return;
  const horizon = moment.reaches - ledgerHorizon(transfer);
  const before = Math.min(horizon, place - transfer.overlap - transfer.settle - spareTime);
  for (const kind of stream.kinds) ledger.prune(kind, before);
}

/** A start that was set further back is read from: what is held already is recognised. */
async function extendToStart(context: PullContext, stream: ReportStream, moment: Moment): Promise<void> {
  const { ledger, transfer, logger } = context;
  if (!moment.isConfirmed) return;
  const start = startOf(transfer.start, moment.now);
  const extended = stream.kinds.filter((kind) => reachesFurther(start, ledger.kind(kind)?.since ?? null));
  if (extended.length === 0) return;
  for (const kind of extended) ledger.extend(kind, start);
  logger.warn(
    `The start of transfer ${transfer.name} reaches further back than before: ${extended.join(', ')} are looked for again from ${toIso(start)}`,
  );
  await ledger.flush();
}

/** Where a kind has come to; null when it begins. */
function reachedBy(
  { ledger, transfer, logger, site }: PullContext,
  stream: ReportStream,
  kind: Kind,
  moment: Moment,
): UnixSeconds | null {
  const { reached = null, since = null } = ledger.kind(kind) ?? {};
  if (reached === null || !wasSetBack(reached, moment.until)) return reached;
  const place = afterSetBack(since, moment.now, transfer);
  // One wrong answer of long ago must not have everything read again: the next run shows whether it was one.
  const isFar = reached - moment.until > ledgerHorizon(transfer);
  if (moment.isConfirmed || !isFar) ledger.setBack(kind, place);
  if (kind === stream.kinds[0]) {
    logger.warn(
      `The clock of ${site.host} was set back since the last pull: ${stream.recordKind} are looked for again from ${toIso(place)}`,
    );
  }
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
  moment: Moment,
): Promise<void> {
  if (context.ledger.remembers && pass.seen > 0) {
    await context.ledger.flush();
    // Recordings are only owed by now: what is claimed of them comes after their downloads.
    if (stream.kinds.includes(stream.recordKind)) await recordClaims(context, [stream.recordKind], moment);
  } else {
    await context.ledger.flushIfLate();
  }
}
