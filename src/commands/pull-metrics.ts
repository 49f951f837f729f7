import type { Configuration } from '../config/configuration.ts';
import { explain } from '../notify/explain.ts';
import type { UnrecordedRun } from '../notify/metrics-without-state.ts';
import type { State } from '../state/state.ts';
import type { Log } from '../terminal/log.ts';

interface MeasuredRun extends UnrecordedRun {
  /** Null when it could not be opened. */
  readonly state: State | null;
}

interface MeasureOptions {
  readonly configuration: Configuration;
  readonly log: Log;
}

/** Writes the metrics, when they are wanted. What goes wrong is logged. */
export async function measure(run: MeasuredRun, options: MeasureOptions): Promise<void> {
  const { textfile } = options.configuration.metrics;
  if (textfile === null) return;
  try {
    await write(textfile, run, options);
  } catch (error) {
    options.log.logger.warn(`The metrics are not written: ${explain(error)}`);
  }
}

async function write(path: string, run: MeasuredRun, { configuration, log }: MeasureOptions): Promise<void> {
  const transfers = [...configuration.transfers.values()];
  const state = await refreshed(run.state, log);
  if (state === null) {
    const { amendMetrics } = await import('../notify/metrics-without-state.ts');
    await amendMetrics(path, transfers, run);
    return;
  }
  const { writeMetrics } = await import('../notify/metrics.ts');
  const measured = transfers.map((transfer) => ({
    transfer,
    result: run.results.find(({ name }) => name === transfer.name) ?? null,
    known: state.transfer(transfer.name),
    locked: state.foundLocked(transfer.name),
  }));
  await writeMetrics(path, measured);
}

/** Transfers that other processes run are in the metrics, too. Null when the state cannot be read. */
async function refreshed(state: State | null, { logger }: Log): Promise<State | null> {
  try {
    await state?.refresh();
    return state;
  } catch (error) {
    logger.warn(`Of other runs, the metrics say what they said before: ${explain(error)}`);
    return null;
  }
}
