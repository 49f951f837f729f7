import { toIso } from '../platform/clock.ts';
import type { Moment, PullContext } from './context.ts';
import { describeItem } from './owed.ts';
import { tolerances } from './time.ts';

/** How long a decision to give up may turn out to be wrong: by the trusted time and by this machine's. */
const remembered = 30 * 86_400;

/**
 * What was given up by a clock that was ahead is owed again: the decision lies in the future. One that is long past by
 * all clocks stands.
 */
export async function oweAgainWhatWasGivenUpTooEarly(context: PullContext, moment: Moment): Promise<void> {
  const { ledger, logger, transfer, clock, dryRun } = context;
  if (!moment.isConfirmed || dryRun) return;
  const machine = clock.now() / 1000;
  for (const { item, at, machineAt } of ledger.givenUp()) {
    if (at > moment.now + tolerances.leap && transfer.data.includes(item.kind)) {
      logger.warn(
        `${describeItem(item)} was given up at ${toIso(at)}, which is yet to come: the clock of ${context.site.host} was ahead. It is owed again`,
      );
      ledger.oweAgain({ ...item, since: Math.min(item.since, moment.now), nextTry: moment.now });
    } else if (at + remembered < moment.now && machineAt + remembered < machine) {
      ledger.givenUpForGood(item);
    }
  }
  await ledger.flushItems();
}
