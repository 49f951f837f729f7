import { toIso, type UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import { recordClaims } from './claims.ts';
import type { Moment, PullContext } from './context.ts';
import { type PassResult, usualRules } from './read-report.ts';
import { readRemembered } from './remembered.ts';
import type { ReportStream } from './report-stream.ts';
import { readInSlices } from './slices.ts';
import { beginSweep, sweep } from './sweep.ts';
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
      await settleSlice(context, stream, pass, moment);
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
