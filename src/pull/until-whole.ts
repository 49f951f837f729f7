import type { PullContext } from './context.ts';
import { CutOffError } from './report-failure.ts';

/**
 * Does `work` again, after a pause, while the report that it reads is cut off, as often as the site allows. What was
 * complete before the cut has been dealt with: asking again for it does nothing. `before` is called ahead of each
 * repetition.
 */
export async function untilWhole<Result>(
  context: PullContext,
  work: () => Promise<Result>,
  before: () => void = () => {},
): Promise<Result> {
  const { site, logger, clock, signal } = context;
  for (let failures = 0; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CutOffError) || failures >= site.retries) throw error;
      logger.warn(`${error.message} Asking again.`);
      await clock.sleep(pauseMs(failures), signal);
      before();
    }
  }
}

function pauseMs(failures: number): number {
  return Math.min(1000 * 2 ** failures, 30_000);
}
