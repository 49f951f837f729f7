import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { Moment, PullContext } from './context.ts';
import { groupsByPlace } from './kind-groups.ts';
import { type PassRules, usualRules } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';
import { readInSlices, startingPace } from './slices.ts';
import { sweepFrom, sweepIsDue, type Window } from './window.ts';

/**
 * The sweeps by start time that are due, each where it goes on or begins. Kinds that are not due yet take part in one that
 * begins where theirs would, so that all are due together from then on. `window` is that of the run.
 */
export function beginSweeps(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  window: Window,
): readonly Sweep[] {
  const { ledger, transfer } = context;
  const present = Math.max(moment.now, moment.shown);
  const isDue = (kind: Kind) => sweepIsDue(ledger.kind(kind)?.sweptAt ?? null, present, transfer.sweep);
  const places = stream.kinds.map((kind) => ({ kind, place: placeOf(context, kind, moment) }));
  const due = groupsByPlace(places).filter(({ kinds }) => kinds.some(isDue));
  return due.map(({ kinds, from }) => {
    const began = kinds.map((kind) => kindBegan(context, kind, window));
    for (const kind of kinds) ledger.sweepReached(kind, from ?? 0);
    return new Sweep(context, { ...stream, kinds }, moment, {
      from: from ?? 0,
      endedFrom: Math.min(...began),
    });
  });
}

function placeOf({ ledger, transfer }: PullContext, kind: Kind, moment: Moment): UnixSeconds {
  const { sweepPosition = null, reached = null } = ledger.kind(kind) ?? {};
  // One that lies ahead was written by a clock that was wrong.
  if (sweepPosition !== null && sweepPosition <= moment.until) return sweepPosition;
  return sweepFrom(reached, moment.until, transfer);
}

/** What had ended before is none of the transfer's business; 0: it is not known. */
function kindBegan({ ledger }: PullContext, kind: Kind, window: Window): UnixSeconds {
  const { since = null, reached = null } = ledger.kind(kind) ?? {};
  return since ?? (reached === null ? window.from : 0);
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
        const safe = Math.min(reached, this.#moment.reaches);
        for (const kind of this.#stream.kinds) ledger.sweepReached(kind, safe);
        await ledger.flushItems();
        await ledger.flushIfLate();
      },
    });
  }

  async complete(): Promise<void> {
    await this.upTo(this.#moment.until);
    for (const kind of this.#stream.kinds) this.#context.ledger.swept(kind, this.#moment.now);
    // What is claimed now reaches further.
    await this.#context.ledger.flush();
  }
}
