import { toIso } from '../platform/clock.ts';
import type { Moment, PullContext } from './context.ts';
import { describeItem, isOverdue, latest, wasTriedAt } from './owed.ts';

/** Who has more of them looks at one of them first. */
const mostNamed = 10;

/**
 * How many items are owed that should be there by now. Those that were not asked for in this run are named: what was asked
 * for has been told of.
 */
export function tellOverdue({ ledger, transfer, logger, clock }: PullContext, moment: Moment | null): number {
  const machine = Math.floor(clock.now() / 1000);
  const now = moment === null ? machine : latest(moment);
  const overdue = ledger
    .owed()
    .filter((item) => transfer.data.includes(item.kind) && isOverdue(item, now, machine));
  const waiting = overdue.filter((item) => !wasTriedAt(item, now));
  for (const item of waiting.slice(0, mostNamed)) {
    logger.warn(
      `${describeItem(item)} is owed since ${toIso(item.since)}, and asked for again at ${toIso(item.nextTry)}: ${item.reason}`,
    );
  }
  const others = waiting.length - mostNamed;
  if (others > 0) logger.warn(`${others} more are owed in the same way`);
  return overdue.length;
}
