import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { Moment, PullContext } from './context.ts';
import { usualRules } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';
import { readInSlices } from './slices.ts';
import { sweepFrom, sweepIsDue } from './window.ts';

/**
 * Where a sweep by start time goes on, or begins; null when none is due. Noted before the watermark moves: a run that
 * breaks off must not shorten what a later one sweeps.
 */
export function beginSweep(
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
export async function sweep(
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
