import type { Recovery } from '../destinations/destination.ts';
import { toIso } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import type { State, TransferState } from '../state/state.ts';
import type { PullContext } from './context.ts';
import { ledgerHorizon, sweepStart } from './window.ts';

/** What of a run it takes to begin a transfer. */
export type Beginning = Pick<
  PullContext,
  'transfer' | 'destination' | 'ledger' | 'logger' | 'signal' | 'dryRun'
>;

/**
 * Begins a transfer that the state does not know. When the destination's own records know it, the state was lost: the
 * watermark and the recent ledger are taken from there, and nothing need be pulled or stored again. When the state
 * knows the transfer between other ends, it begins anew, since the watermark says nothing about these. When the state
 * knows it and the destination does not, the destination was lost: that is an `io` error.
 */
export async function beginTransfer(context: Beginning, state: State | null): Promise<void> {
  if (state === null || context.dryRun) return;
  const { transfer, logger, ledger } = context;
  const known = state.transfer(transfer.name);
  const sameEnds = known?.site === transfer.site && known.destination === transfer.destination;
  if (sameEnds && !hasOnlyFailed(known)) return requireRecords(context, known);
  if (known !== null && !sameEnds) {
    const ends = `${transfer.site} to ${transfer.destination}`;
    logger.warn(`Transfer ${transfer.name} now runs from ${ends}: it begins anew`);
  }
  ledger.begin(transfer.site, transfer.destination);
  try {
    if (known === null || sameEnds) await recover(context);
  } catch (error) {
    // All at once: a rebuild that fails or is interrupted starts over.
    ledger.drop();
    throw error;
  }
  await ledger.flush();
}

/** Its runs so far did not come to ask the destination what it holds. */
function hasOnlyFailed(known: TransferState): boolean {
  const watermarks = [...known.kinds.values()].filter((kind) => kind.watermark !== null);
  return known.lastRun?.status === 'failed' && watermarks.length === 0;
}

/**
 * A disk that is not mounted, or a database that was made anew, looks like a destination that nothing was delivered to.
 * Going on there would leave a gap that nobody sees, once the old one is back.
 */
async function requireRecords(
  { destination, transfer, signal }: Beginning,
  known: TransferState,
): Promise<void> {
  if (!destination.capabilities.keepsRecords) return;
  for (const kind of transfer.data) {
    const { watermark = null, delivered = 0 } = known.kinds.get(kind) ?? {};
    if (watermark === null || delivered === 0) continue;
    if (await holdsAny(await destination.recover(kind, signal))) continue;
    throw new IcError(
      'io',
      `Destination ${transfer.destination} holds no record of ${kind}, of which transfer ${transfer.name} delivered ${delivered} there until ${toIso(watermark)}.`,
      {
        hint: `Mount its disk, or restore what it held. If the transfer is meant to begin anew there, run: ic state forget ${transfer.name}`,
      },
    );
  }
}

async function holdsAny(recovery: Recovery | null): Promise<boolean> {
  if (recovery === null || recovery.claim !== null) return recovery !== null;
  for await (const _ of recovery.entries) return true;
  return false;
}

async function recover(context: Beginning): Promise<void> {
  const { transfer, destination, ledger, logger, signal } = context;
  for (const kind of transfer.data) {
    const recovery = await destination.recover(kind, signal);
    if (recovery === null) continue;
    // One that does not say from where on it holds was recorded by version 0.1.0, for whichever transfer: it says nothing.
    const claim = recovery.claim?.since == null ? null : { ...recovery.claim, since: recovery.claim.since };
    const watermark = claim?.until ?? null;
    const horizon = watermark === null ? 0 : watermark - ledgerHorizon(transfer);
    let entries = 0;
    let damaged = 0;
    for await (const entry of recovery.entries) {
      if (entry.time < horizon) continue;
      if ((await entry.isIntact?.()) === false) {
        damaged += 1;
        continue;
      }
      const item = { kind, lsid: entry.lsid ?? '', instance: entry.instance ?? 0 };
      ledger.delivered(item, { hash: entry.contentHash, time: entry.time, bytes: 0, counts: false });
      entries += 1;
    }
    if (claim !== null && watermark !== null) {
      ledger.begins(kind, claim.since);
      ledger.advance(kind, watermark);
      // Not from the transfer's start once more: the ledger no longer tells what was had so long ago, and recordings that
      // have expired since would look lost.
      ledger.sweepReached(kind, sweepStart(watermark, transfer));
    }
    // A database is there before anything was delivered into it.
    if (watermark === null && entries + damaged === 0) continue;
    const place = watermark === null ? "begins at the transfer's start" : 'goes on from there';
    logger.warn(
      `The state knows nothing of transfer ${transfer.name}, but ${transfer.destination} does: ${kind} ${place}`,
      { entries },
    );
    if (damaged > 0) {
      logger.warn(
        `${damaged} of ${kind} are not in ${transfer.destination} as it recorded them. What the sweep reaches is asked for again; ic verify --repair ${transfer.destination} names and owes all`,
      );
    }
  }
}
