import type { ReportQuery } from '../appliance/appliance.ts';
import { toIso } from '../platform/clock.ts';
import type { Moment, PullContext } from './context.ts';
import { type PassResult, type PassRules, readReport } from './read-report.ts';
import type { ReportStream } from './report-stream.ts';
import { untilWhole } from './until-whole.ts';
import { nextSliceLength, sliceFrom, sliceLimits, type Window } from './window.ts';

/** How long the next slice is; it may be carried on from one window to the next. */
export interface Pace {
  length: number;
}

export function startingPace(): Pace {
  return { length: sliceLimits.first };
}

/**
 * Goes through a window slice by slice. `reached` is called after each slice whose records are all confirmed or owed,
 * and says how far the window is safe; everything up to there need never be asked for again.
 */
export async function readInSlices(
  context: PullContext,
  stream: ReportStream,
  moment: Moment,
  options: {
    readonly window: Window;
    readonly by: 'end' | 'start';
    readonly rules: PassRules;
    readonly pace?: Pace;
    readonly reached: (until: number, pass: PassResult) => Promise<void>;
  },
): Promise<void> {
  let { from } = options.window;
  const { pace = startingPace() } = options;
  while (from < options.window.until) {
    context.progress.phase(context.transfer.name, `${stream.recordKind} from ${toIso(from)}`);
    const attempt = new SliceAttempts(context, pace.length);
    const { slice, pass } = await attempt.untilRead(options.window, from, (slice) =>
      readReport(context, stream, queryOf(stream, slice, options.by), moment, options.rules),
    );
    await options.reached(slice.until, pass);
    from = slice.until;
    pace.length = nextSliceLength(attempt.length, pass.seen);
  }
}

function queryOf(stream: ReportStream, slice: Window, by: 'end' | 'start'): ReportQuery {
  const duration = slice.until - slice.from;
  const { report } = stream;
  return by === 'end'
    ? { report, endTime: slice.from, duration }
    : { report, startTime: slice.from, duration };
}

/** One slice, read to its end. Reports that an appliance or a proxy cannot finish in time get smaller until they can. */
class SliceAttempts {
  readonly #context: PullContext;
  length: number;

  constructor(context: PullContext, length: number) {
    this.#context = context;
    this.length = length;
  }

  async untilRead(
    window: Window,
    from: number,
    read: (slice: Window) => Promise<PassResult>,
  ): Promise<{ slice: Window; pass: PassResult }> {
    const next = () => sliceFrom(from, window.until, this.length);
    return untilWhole(
      this.#context,
      async () => {
        const slice = next();
        return { slice, pass: await read(slice) };
      },
      () => {
        const { until } = next();
        this.length = Math.max(sliceLimits.shortest, Math.ceil((until - from) / 2));
      },
    );
  }
}
