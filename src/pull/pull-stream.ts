import { toIso, type UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import { recordClaims } from './claims.ts';
import type { Moment, PullContext } from './context.ts';
import { type PassResult, usualRules } from './read-report.ts';
import { readRemembered } from './remembered.ts';
import type { ReportStream } from './report-stream.ts';
import { readGaps, readInSlices } from './slices.ts';
import { beginSweep, Sweep } from './sweep.ts';
import { afterSetBack, incrementalWindow, ledgerHorizon, type Window, wasSetBack } from './window.ts';

/**
 * The incremental pull of one report: what has ended since the watermark, what never ended, what was still open.
 * Resolves with the window by end time.
 */
export async function pullStream(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
): Promise<Window> {
  const sweepsFrom = beginSweep(context, stream, moment);
  const window = beginWindow(context, stream, moment);
  const endedFrom = transferBegan(context, stream, window);
  const sweep =
    sweepsFrom === null ? null : new Sweep(context, stream, moment, { from: sweepsFrom, endedFrom });
  await readNew(context, stream, moment, { window, sweep });
  await sweep?.complete();
  await readRemembered(context, stream, moment, sweep?.openNow ?? new Set());
  await readGaps(context, stream, moment);
  letGo(context, stream, moment, moment.reaches);
  return window;
}

function beginWindow(context: PullContext, stream: ReportStream, moment: Moment): Window {
  const { ledger, transfer } = context;
  const window = incrementalWindow(goesOnFrom(context, stream, moment), moment.now, transfer, moment.until);
  for (const kind of stream.kinds) {
    if ((ledger.kind(kind)?.reached ?? null) === null) ledger.begins(kind, window.from);
  }
  return window;
}

/** What had ended before is none of the transfer's business; 0: it is not known. */
function transferBegan({ ledger }: PullContext, stream: ReportStream, window: Window): UnixSeconds {
  const { since = null, reached = null } = ledger.kind(stream.kinds[0] as Kind) ?? {};
  return since ?? (reached === null ? window.from : 0);
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
  { window, sweep }: { readonly window: Window; readonly sweep: Sweep | null },
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
      if (sweep !== null && sweep.position < safe) await sweep.upTo(safe);
      letGo(context, stream, moment, Math.min(safe, sweep?.position ?? safe));
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
  if (reached === null || !wasSetBack(reached, moment.until)) return reached;
  const place = afterSetBack(since, moment.now, transfer);
  // One wrong answer of long ago must not have everything read again: the next run shows whether it was one.
  const isFar = reached - moment.until > ledgerHorizon(transfer);
  if (moment.isConfirmed || !isFar) ledger.setBack(kind, place);
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
