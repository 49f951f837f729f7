import type { ReportQuery } from '../appliance/appliance.ts';
import { toIso } from '../platform/clock.ts';
import type { Moment, PullContext } from './context.ts';
import { besideGaps, oweGap, retryGaps } from './gaps.ts';
import { type PassResult, type PassRules, readReport, usualRules } from './read-report.ts';
import { MalformedReport } from './report-failure.ts';
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
  const around = new AroundMalformed(context, stream, moment, options);
  for (;;) {
    const next = besideGaps(context, stream, options.by, { from, until: options.window.until });
    if (next === null) return;
    from = next.from;
    context.progress.phase(context.transfer.name, `${stream.recordKind} from ${toIso(from)}`);
    const attempt = new SliceAttempts(context, pace.length);
    const { slice, pass } = await attempt.untilRead(next, from, (slice) => around.read(slice));
    await options.reached(slice.until, pass);
    from = slice.until;
    pace.length = nextSliceLength(attempt.length, pass.seen);
  }
}

/** So many times that cannot be read are owed in one window; more, and it is the report that is at fault, not a record. */
const mostGaps = 20;

/** So many in a row, while nothing around them can be read either, say the same. */
const mostWithoutAnswer = 3;

interface FoundGap {
  readonly slice: Window;
  readonly error: MalformedReport;
}

/**
 * Reads a slice. Where a record in it is no XML, it is halved around the record, down to a second, which is owed. A slice
 * of which nothing can be read holds no such record: the appliance does not answer as it should.
 */
class AroundMalformed {
  readonly #context: PullContext;
  readonly #stream: ReportStream;
  readonly #moment: Moment;
  readonly #options: { readonly by: 'end' | 'start'; readonly rules: PassRules };
  #gaps = 0;
  #found: FoundGap[] = [];
  #isReadable = false;

  constructor(
    context: PullContext,
    stream: ReportStream,
    moment: Moment,
    options: { readonly by: 'end' | 'start'; readonly rules: PassRules },
  ) {
    this.#context = context;
    this.#stream = stream;
    this.#moment = moment;
    this.#options = options;
  }

  async read(slice: Window): Promise<PassResult> {
    this.#found = [];
    this.#isReadable = false;
    const pass = await this.#read(slice);
    const [first] = this.#found;
    if (first !== undefined && !this.#isReadable) throw first.error;
    for (const { slice: gap, error } of this.#found) {
      oweGap(this.#context, this.#stream, this.#moment, { ...gap, by: this.#options.by }, error);
    }
    return pass;
  }

  async #read(slice: Window): Promise<PassResult> {
    const { by, rules } = this.#options;
    const query = queryOf(this.#stream, slice, by);
    try {
      const pass = await readReport(this.#context, this.#stream, query, this.#moment, rules);
      this.#isReadable = true;
      return pass;
    } catch (error) {
      if (!(error instanceof MalformedReport)) throw error;
      return slice.until - slice.from > 1 ? this.#halves(slice, error) : this.#gap(slice, error);
    }
  }

  async #halves({ from, until }: Window, { before }: MalformedReport): Promise<PassResult> {
    const middle = from + Math.floor((until - from) / 2);
    const first = await this.#read({ from, until: middle });
    const second = await this.#read({ from: middle, until });
    return [before, first, second].reduce(together);
  }

  #gap(slice: Window, error: MalformedReport): PassResult {
    this.#gaps += 1;
    this.#found.push({ slice, error });
    const isSilent = !this.#isReadable && this.#found.length >= mostWithoutAnswer;
    if (this.#gaps > mostGaps || isSilent) throw error;
    return error.before;
  }
}

function together(a: PassResult, b: PassResult): PassResult {
  return {
    seen: a.seen + b.seen,
    lsids: new Set([...a.lsids, ...b.lsids]),
    open: new Set([...a.open, ...b.open]),
    requestedAt: Math.min(a.requestedAt, b.requestedAt),
  };
}

/** Asks once more for what could not be read in earlier runs, when that is due. */
export function readGaps(context: PullContext, stream: ReportStream, moment: Moment): Promise<void> {
  const rules = { ...usualRules, countUnchanged: false };
  return retryGaps(context, stream, moment, (gap) =>
    readReport(context, stream, queryOf(stream, gap, gap.by), moment, rules),
  );
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
