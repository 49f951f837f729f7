import { toIso } from '../platform/clock.ts';
import type { ItemKey, OwedItem } from '../state/state.ts';
import type { Moment, PullContext } from './context.ts';
import { afterMiss, isDue, latest } from './owed.ts';
import { MalformedReport } from './report-failure.ts';
import { countedKind, type ReportStream } from './report-stream.ts';
import type { Window } from './window.ts';

/** A time of which the report cannot be read, since a record in it is no XML. */
export interface Gap extends Window {
  readonly by: 'end' | 'start';
}

/** A gap is owed as an item is, under a name that is no LSID. */
const gapName = /^unreadable by (end|start) from (\d+) to (\d+)$/;

function nameOf({ by, from, until }: Gap): string {
  return `unreadable by ${by} from ${from} to ${until}`;
}

/** The gap that an owed item stands for; null for an item of its own. */
export function gapOf({ lsid }: ItemKey): Gap | null {
  const [, by, from, until] = gapName.exec(lsid) ?? [];
  if (by === undefined) return null;
  return { by: by as Gap['by'], from: Number(from), until: Number(until) };
}

function gapsOf({ ledger }: PullContext, stream: ReportStream): readonly (readonly [OwedItem, Gap])[] {
  return ledger.owed(countedKind(stream)).flatMap((item) => {
    const gap = gapOf(item);
    return gap === null ? [] : [[item, gap] as const];
  });
}

/**
 * What of a window is to be read next, given the known gaps: they are asked for by themselves, with growing pauses. Null
 * when the rest of the window is a gap.
 */
export function besideGaps(
  context: PullContext,
  stream: ReportStream,
  by: Gap['by'],
  window: Window,
): Window | null {
  let { from, until } = window;
  const gaps = gapsOf(context, stream)
    .map(([, gap]) => gap)
    .filter((gap) => gap.by === by && gap.until > from && gap.from < until)
    .sort((a, b) => a.from - b.from);
  for (const gap of gaps) {
    if (gap.from > from) {
      until = Math.min(until, gap.from);
      break;
    }
    from = Math.max(from, gap.until);
  }
  return from < until ? { from, until } : null;
}

/** Owes a time that cannot be read. No claim goes past it, and the run is incomplete. */
export function oweGap(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  gap: Gap,
  error: MalformedReport,
): void {
  const { ledger, tally, logger } = context;
  const kind = countedKind(stream);
  const item: OwedItem = {
    kind,
    lsid: nameOf(gap),
    instance: 0,
    since: moment.now,
    attempts: 0,
    nextTry: moment.now,
    status: 'new',
    reason: '',
    // Before it everything is there.
    names: { lseq: null, sessionType: null, externalKey: null, startTime: null, endTime: gap.from },
  };
  const why = { status: 'failed', reason: error.message } as const;
  ledger.owe(afterMiss(item, moment, Number.POSITIVE_INFINITY, why).owed);
  tally.failedOnce(kind, item.lsid);
  logger.error(`${describe(stream, gap)} cannot be read, and is owed: ${error.message}`);
}

/** Asks for the gaps that are due. One that is readable by now is closed; one that is not stays, until it is given up. */
export async function retryGaps(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  read: (gap: Gap) => Promise<unknown>,
): Promise<void> {
  const { ledger, tally, logger, transfer } = context;
  for (const [item, gap] of gapsOf(context, stream)) {
    if (!isDue(item, latest(moment))) continue;
    try {
      await read(gap);
      ledger.settled(item);
      logger.info(`${describe(stream, gap)} can be read now`);
    } catch (error) {
      if (!(error instanceof MalformedReport)) throw error;
      tally.failedOnce(item.kind, item.lsid);
      const why = { status: 'failed', reason: error.message } as const;
      const { owed, isGivenUp } = afterMiss(item, moment, transfer.giveUpAfter, why);
      if (isGivenUp) ledger.giveUp(owed, moment.now);
      else ledger.owe(owed);
      const end = isGivenUp ? `given up after ${owed.attempts} attempts` : 'owed';
      logger.error(`${describe(stream, gap)} cannot be read, and is ${end}: ${error.message}`);
    }
  }
}

function describe({ report }: ReportStream, { by, from, until }: Gap): string {
  const what = by === 'end' ? 'ended' : 'began';
  return `The ${report} report of what ${what} from ${toIso(from)} to ${toIso(until)}`;
}
