import type { UnixSeconds } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import type { OwedItem } from '../state/state.ts';
import type { Moment, PullContext } from './context.ts';
import { afterMiss, describeItem, isOverdue, latest } from './owed.ts';

interface Miss {
  readonly status: OwedItem['status'];
  readonly why: Error;
}

/** A recording that did not come this time: owed to a later run, given up, or, where nothing is remembered, told. */
export function oweOrTell(context: PullContext, moment: Moment, item: OwedItem, miss: Miss): void {
  if (context.ledger.remembers) oweOrGiveUp(context, moment, item, miss);
  else tell(context, item, miss);
}

/** The time of what a recording shows, by which the ledger keeps it. */
export function timeOf({ names }: OwedItem, moment: Moment): UnixSeconds {
  return names.endTime ?? names.startTime ?? moment.now;
}

function oweOrGiveUp(
  { transfer, ledger, logger, tally }: PullContext,
  moment: Moment,
  item: OwedItem,
  { status, why }: Miss,
): void {
  const reason = why.message;
  const { owed, isGivenUp } = afterMiss(item, moment, transfer.giveUpAfter, { status, reason });
  if (!isGivenUp) {
    ledger.owe(owed);
    const log = isOverdue(owed, latest(moment)) ? logger.warn : logger.info;
    log(`${describeItem(item)} is owed: ${reason}`);
    return;
  }
  if (status === 'not-ready') tally.failed(item.kind);
  logger.error(`${describeItem(item)} is given up after ${owed.attempts} attempts: ${reason}`);
  ledger.unobtainable(item, timeOf(item, moment));
  ledger.giveUp(owed, moment.now);
}

/** A replay, or an ad-hoc transfer, owes nothing: whoever wants the item has to ask again. */
function tell({ tally, logger }: PullContext, item: OwedItem, { status, why }: Miss): void {
  const name = describeItem(item);
  if (status === 'not-ready') {
    const notReady = `${name} is not ready yet: pull or replay again later. The appliance says: ${why.message}`;
    tally.failed(item.kind, new IcError('partial', notReady, { cause: why }));
    logger.error(notReady);
    return;
  }
  const hint = why instanceof IcError && why.hint !== null ? ` ${why.hint}` : '';
  logger.error(`${name} could not be had: ${why.message}${hint}`);
}
