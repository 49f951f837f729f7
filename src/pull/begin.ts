import type { Transfer } from '../config/configuration.ts';
import type { Claim, RecordedClaim, RecoveredEntry } from '../destinations/destination.ts';
import { IcError } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';
import { acquireLock, type Lock } from '../platform/lock.ts';
import type { KindProgress, State, TransferState } from '../state/state.ts';
import { notTheSame } from './stream-errors.ts';
import { type Beginning, findTransfer, hasProgress, type Known, positionOf } from './streams.ts';
import { ledgerHorizon, sweepStart } from './window.ts';

/**
 * Opens the destination, and makes sure before that it is the one that the state knows. What the configuration calls by
 * another name goes on under it. Of what the state does not know, the destination's own records are asked: when they know
 * it, the state was lost, and nothing need be pulled or stored again.
 */
export async function beginTransfer(context: Beginning, state: State | null): Promise<void> {
  const { destination, signal, dryRun } = context;
  if (state !== null) return dryRun ? lookOnly(context, state) : beginKnown(context, state);
  if (!dryRun) await destination.open(signal);
}

/** A dry run reads under the names that the state has, and refuses, or goes on from, what a pull would. */
async function lookOnly(context: Beginning, state: State): Promise<void> {
  const { transfer, destination, ledger, signal } = context;
  const known = await findTransfer(context, state);
  if (known.transfer !== null) {
    ledger.readAs(known.transfer.name);
    await requireSame(context, known.transfer);
  }
  for (const kind of transfer.data) {
    const progress = ledger.kind(kind);
    if (progress !== null && hasProgress(progress)) continue;
    const claim = withBeginning(await destination.recorded(kind, signal));
    if (claim !== null) ledger.assume(kind, progressOf(claim, transfer));
  }
}

function progressOf({ since, until }: Claim, transfer: Transfer): KindProgress {
  const place = { since, watermark: until, reached: until, sweptAt: null };
  return { ...place, sweepPosition: sweepStart(until, transfer), delivered: 0, bytes: 0, unobtainable: 0 };
}

async function beginKnown(context: Beginning, state: State): Promise<void> {
  const { transfer, site, destination, ledger, logger, signal } = context;
  const known = await settleNames(context, state);
  for (const message of known.messages) logger.warn(message);
  await destination.open(signal);
  const present = state.transfer(transfer.name);
  if (present !== null && known.transfer !== null) await renameRecords(context, present);
  ledger.begin(transfer.site, transfer.destination, site.address);
  ledger.follow((kind) => destination.position(kind), transfer.data);
  if (present !== null) noteLeftOut(context, present);
  try {
    for (const kind of transfer.data) {
      const progress = ledger.kind(kind);
      if (progress === null || !hasProgress(progress)) await recover(context, kind);
    }
  } catch (error) {
    // All at once: a rebuild that fails or is interrupted starts over.
    ledger.drop();
    throw error;
  }
  await ledger.flush();
}

/** Finds the transfer, compares its destination with what is known of it, and only then takes its names over. */
async function settleNames(context: Beginning, state: State): Promise<Known> {
  let known = await findTransfer(context, state);
  let lock: Lock | null = null;
  try {
    const former = formerName(known);
    if (former !== null) {
      lock = await lockFormer(context, former);
      await state.refresh();
      known = await findTransfer(context, state);
    }
    if (known.transfer !== null) await requireSame(context, known.transfer);
    await state.commit(known.changes);
    return known;
  } finally {
    await lock?.release();
  }
}

function formerName({ changes }: Known): string | null {
  const [first] = changes;
  return first?.type === 'rename' && first.what === 'transfer' ? first.from : null;
}

/** A process with an older configuration may still run it. */
async function lockFormer({ lockOf }: Beginning, former: string): Promise<Lock> {
  const lock = await acquireLock(await lockOf(former));
  if (lock !== null) return lock;
  throw new IcError('locked', `Another run holds transfer ${former}, which has a new name.`, {
    hint: 'The next run goes on where it was.',
  });
}

/**
 * A disk that is not mounted, another one, a copy that was restored, a database that was made anew: going on there
 * would leave a gap that nobody sees.
 */
async function requireSame(context: Beginning, known: TransferState): Promise<void> {
  const { destination, transfer, signal } = context;
  if (!destination.capabilities.keepsRecords) return;
  for (const kind of transfer.data) {
    const position = positionOf(known, kind);
    const { watermark = null, delivered = 0 } = known.kinds.get(kind) ?? {};
    // Version 0.1.0 remembered no position.
    if (position === null && (watermark === null || delivered === 0)) continue;
    const comparison = await destination.compare(kind, position, signal);
    if (comparison === null || comparison.found === 'same') continue;
    throw notTheSame(transfer, kind, known, comparison);
  }
}

/** The destination's own records follow, so that they are found when the state is lost. */
async function renameRecords(
  { transfer, destination, ledger, signal }: Beginning,
  { recordedAs }: TransferState,
): Promise<void> {
  if (recordedAs.transfer === transfer.name && recordedAs.site === transfer.site) return;
  await destination.rename(
    {
      transfer: { from: recordedAs.transfer, to: transfer.name },
      site: { from: recordedAs.site, to: transfer.site },
    },
    signal,
  );
  ledger.recorded();
}

/** Kinds that the configuration no longer names keep their place and what they owe; said once. */
function noteLeftOut({ transfer, configured, ledger, logger }: Beginning, { kinds }: TransferState): void {
  const wanted = configured.transfers.get(transfer.name)?.data ?? transfer.data;
  for (const [kind, { leftOut, owed }] of kinds) {
    const isLeftOut = !wanted.includes(kind);
    if (isLeftOut === leftOut) continue;
    ledger.leaveOut(kind, isLeftOut);
    const message = isLeftOut
      ? `Transfer ${transfer.name} no longer brings ${kind}: what it has come to, and ${owed} owed items, are kept for when it does again`
      : `Transfer ${transfer.name} brings ${kind} again: it goes on where it was`;
    logger.warn(message);
  }
}

async function recover(context: Beginning, kind: Kind): Promise<void> {
  const { transfer, destination, ledger, logger, signal } = context;
  const recovery = await destination.recover(kind, signal);
  if (recovery === null) return;
  const claim = withBeginning(recovery.claim);
  const { entries, damaged } = await recoverEntries(context, kind, recovery.entries, claim);
  if (claim !== null) {
    ledger.begins(kind, claim.since);
    ledger.advance(kind, claim.until);
    // Not from the transfer's start once more: the ledger no longer tells what was delivered so long ago, and recordings
    // that have expired since would look lost.
    ledger.sweepReached(kind, sweepStart(claim.until, transfer));
  }
  // A database is there before anything was delivered into it.
  if (claim === null && entries + damaged === 0) return;
  const place = claim === null ? "begins at the transfer's start" : 'goes on from there';
  logger.warn(
    `The state knows nothing of transfer ${transfer.name}, but ${transfer.destination} does: ${kind} ${place}`,
    { entries },
  );
  if (damaged === 0) return;
  logger.warn(
    `${damaged} of ${kind} are not in ${transfer.destination} as it recorded them. What the sweep reaches is asked for again; ic verify --repair ${transfer.destination} names and owes all`,
  );
}

/** What version 0.1.0 recorded does not say from where on it holds, nor of which transfer: it claims nothing. */
function withBeginning(claim: RecordedClaim | null): Claim | null {
  return claim?.since == null ? null : { since: claim.since, until: claim.until };
}

/** Takes into the ledger what the destination holds, as far back as the ledger reaches. */
async function recoverEntries(
  { transfer, ledger }: Beginning,
  kind: Kind,
  recorded: AsyncIterable<RecoveredEntry>,
  claim: Claim | null,
): Promise<{ readonly entries: number; readonly damaged: number }> {
  const horizon = claim === null ? 0 : claim.until - ledgerHorizon(transfer);
  let entries = 0;
  let damaged = 0;
  for await (const entry of recorded) {
    if (entry.time < horizon) continue;
    if ((await entry.isIntact?.()) === false) {
      damaged += 1;
      continue;
    }
    const item = { kind, lsid: entry.lsid ?? '', instance: entry.instance ?? 0 };
    ledger.delivered(item, { hash: entry.contentHash, time: entry.time, bytes: 0, counts: false });
    entries += 1;
  }
  return { entries, damaged };
}
