import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { Moment, PullContext } from './context.ts';
import { type PassRules, usualRules } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';
import { readInSlices, startingPace } from './slices.ts';
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
  const lead = leadOf(stream);
  const { sweptAt = null, sweepPosition = null, reached = null } = ledger.kind(lead) ?? {};
  if (!sweepIsDue(sweptAt, Math.max(moment.now, moment.shown), transfer.sweep)) return null;
  // One that lies ahead was written by a clock that was wrong.
  if (sweepPosition !== null && sweepPosition <= moment.until) return sweepPosition;
  const from = sweepFrom(reached, moment.until, transfer);
  ledger.sweepReached(lead, from);
  return from;
}

/**
 * Once a day by start time: sessions without an end, late ones, edited ones. A first sweep reaches as far back as the
 * first pull: it follows the windows by end time, so that the ledger need not hold for it all that they have delivered.
 */
export class Sweep {
  /** LSIDs of sessions that it found open: they need not be asked for again in this run. */
  readonly openNow = new Set<string>();
  readonly #context: PullContext;
  readonly #stream: ReportStream;
  readonly #moment: Moment;
  readonly #rules: PassRules;
  readonly #pace = startingPace();
  #position: UnixSeconds;

  /** `endedFrom`: what had ended before the transfer's start is none of its business. */
  constructor(
    context: PullContext,
    stream: ReportStream,
    moment: Moment,
    { from, endedFrom }: { readonly from: UnixSeconds; readonly endedFrom: UnixSeconds },
  ) {
    this.#context = context;
    this.#stream = stream;
    this.#moment = moment;
    this.#rules = { ...usualRules, countUnchanged: false, endedFrom };
    this.#position = from;
  }

  /** No session that began before comes up in it again. */
  get position(): UnixSeconds {
    return this.#position;
  }

  async upTo(until: UnixSeconds): Promise<void> {
    const { ledger } = this.#context;
    await readInSlices(this.#context, this.#stream, this.#moment, {
      window: { from: this.#position, until },
      by: 'start',
      rules: this.#rules,
      pace: this.#pace,
      reached: async (reached, pass) => {
        for (const lsid of pass.open) this.openNow.add(lsid);
        this.#position = reached;
        ledger.sweepReached(leadOf(this.#stream), Math.min(reached, this.#moment.reaches));
        await ledger.flushItems();
        await ledger.flushIfLate();
      },
    });
  }

  async complete(): Promise<void> {
    await this.upTo(this.#moment.until);
    this.#context.ledger.swept(leadOf(this.#stream), this.#moment.now);
  }
}

function leadOf(stream: ReportStream): Kind {
  return stream.kinds[0] as Kind;
}
