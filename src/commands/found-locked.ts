import type { Transfer } from '../config/configuration.ts';
import { toIso } from '../platform/clock.ts';
import { IcError, toIcError } from '../platform/errors.ts';
import { lockHolder } from '../platform/lock-holder.ts';
import { type TransferResult, withoutRun } from '../pull/result.ts';
import { transferLockName } from '../state/lock.ts';
import type { FoundLocked } from '../state/state.ts';
import { isScheduled } from './pull-request.ts';
import type { PullSession } from './pull-run.ts';

/**
 * What a run says of a transfer that another one holds. Each time stands in the log and is counted in the state; with
 * `--due` that is all, until it has been so, run after run, for longer than the transfer's `every`: then it is a failure.
 */
export async function foundLocked(session: PullSession, transfer: Transfer): Promise<TransferResult> {
  const logger = session.logger.with({ transfer: transfer.name });
  const holder = await holderOf(session, transfer);
  const found = await count(session, transfer);
  const often = found === null ? '' : `; found so ${found.count} times since ${toIso(found.since)}`;
  logger.info(`locked: ${holder} holds the transfer${often}`);
  if (found !== null && isTooLong(session, transfer, found))
    return withoutRun(transfer, 'locked', heldTooLong(transfer, holder, found));
  return withoutRun(transfer, 'locked', session.request.due ? null : heldNow(transfer));
}

/** The transfer could be locked again: what was counted is over. */
export async function lockTaken({ state, request }: PullSession, { name }: Transfer): Promise<void> {
  if (request.dryRun || state.foundLocked(name) === null) return;
  await state.commit([{ type: 'lock-taken', transfer: name }]);
}

/** Whoever finds the lock does not hold it: what is counted stands by itself in the state. Null: it is not counted. */
async function count(session: PullSession, { name }: Transfer): Promise<FoundLocked | null> {
  const { state, clock, request, logger } = session;
  if (!isScheduled(request)) return null;
  try {
    await state.commit([{ type: 'found-locked', transfer: name, at: Math.floor(clock.now() / 1000) }]);
    return state.foundLocked(name);
  } catch (error) {
    logger.with({ transfer: name }).warn(`That it is locked is not counted: ${toIcError(error).message}`);
    return null;
  }
}

function isTooLong(
  { clock }: PullSession,
  { every }: Transfer,
  { count: times, since }: FoundLocked,
): boolean {
  return times > 1 && clock.now() / 1000 - since > every;
}

async function holderOf({ configuration }: PullSession, { name }: Transfer): Promise<string> {
  const pid = await lockHolder(await transferLockName(configuration.state.path, name));
  return pid === null ? 'another process' : `process ${pid}`;
}

function heldNow({ name }: Transfer): IcError {
  return new IcError('locked', `Another run holds transfer ${name}.`, {
    hint: 'It goes on; nothing is lost. --wait-lock 10m waits for it.',
  });
}

function heldTooLong({ name }: Transfer, holder: string, { count: times, since }: FoundLocked): IcError {
  return new IcError(
    'partial',
    `Transfer ${name} does not run: ${holder} has held it since ${toIso(since)} or before, for longer than its every; ${times} runs found it so.`,
    {
      hint: `See in the log whether that run goes on, as a first pull of years may. If it hangs, end ${holder === 'another process' ? 'it' : holder}: nothing is lost, and the next run goes on where it was.`,
    },
  );
}
