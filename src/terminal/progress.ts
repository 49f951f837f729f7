import type { OutputStream } from '../commands/command.ts';
import type { Clock } from '../platform/clock.ts';
import { noProgress, type Progress } from '../platform/progress.ts';
import { showLive } from './live-display.ts';
import { ProgressState } from './progress-state.ts';

export interface ProgressOptions {
  readonly error: OutputStream;
  readonly clock: Clock;
  readonly quiet: boolean;
}

/** Progress that somebody sees. `stop` ends it, and may be called again. */
export interface ShownProgress extends Progress {
  stop(): void;
}

const lineEveryMs = 30_000;

/** On a terminal a live display; elsewhere a line every half minute; with `--quiet` nothing. */
export function createProgress({ error, clock, quiet }: ProgressOptions): ShownProgress {
  if (quiet) return { ...noProgress, stop: () => {} };
  const state = new ProgressState(() => clock.monotonic());
  if (!error.isTerminal) return occasionally(state, error, clock);
  const display = showLive(error, (width) => state.lines(width));
  return forward(state, { after: () => {}, stop: () => display.stop() });
}

/** Looks at the clock whenever something is reported: where nothing happens there is nothing to say. */
function occasionally(state: ProgressState, error: OutputStream, clock: Clock): ShownProgress {
  let next = clock.monotonic() + lineEveryMs;
  const after = () => {
    if (clock.monotonic() < next) return;
    next = clock.monotonic() + lineEveryMs;
    error.write(`ic: ${state.lines().join('; ')}\n`);
  };
  return forward(state, {
    after,
    stop: () => {
      next = Number.POSITIVE_INFINITY;
    },
  });
}

function forward(
  state: ProgressState,
  { after, stop }: { readonly after: () => void; readonly stop: () => void },
): ShownProgress {
  const then =
    <Report extends unknown[]>(take: (...report: Report) => void) =>
    (...report: Report) => {
      take.apply(state, report);
      after();
    };
  return {
    phase: then(state.phase),
    items: then(state.items),
    expectFiles: then(state.expectFiles),
    beginFile: (transfer) => {
      const file = state.beginFile(transfer);
      return { announce: then(file.announce), bytes: then(file.bytes), done: then(file.done) };
    },
    done: (transfer) => state.done(transfer),
    stop,
  };
}
