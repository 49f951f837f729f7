import type { Configuration, Transfer } from '../config/configuration.ts';
import type { CheckResult } from '../destinations/destination.ts';
import { toIso } from '../platform/clock.ts';
import { silentLogger } from '../platform/logger.ts';
import type { State, TransferState } from '../state/state.ts';
import type { CommandContext } from './command.ts';
import { createDestination } from './destinations.ts';
import { named } from './names.ts';

/** Tells of transfers of which only one of both knows, the state or the destination, and what the next pull does then. */
export async function* checkRecords(
  configuration: Configuration,
  name: string,
  state: State,
  context: CommandContext,
): AsyncGenerator<CheckResult> {
  for (const transfer of configuration.transfers.values()) {
    if (transfer.destination !== name) continue;
    const recorded = await recordedIn(configuration, transfer, context);
    if (recorded === null) continue;
    const known = state.transfer(transfer.name);
    if (known === null && recorded.length > 0) yield rebuilt(configuration, transfer, recorded);
    if (known?.destination === name && recorded.length === 0 && hasDelivered(known)) yield lost(transfer);
  }
}

function rebuilt(
  { state }: Configuration,
  { name, destination }: Transfer,
  recorded: readonly string[],
): CheckResult {
  return {
    subject: 'state',
    name: state.path,
    ok: true,
    warning: true,
    message: `knows nothing of transfer ${name}, but destination ${destination} holds its deliveries (${recorded.join(', ')}): the next pull rebuilds the state from there`,
    hint: 'If there is a state elsewhere, set path of [state] to it; otherwise nothing need be done.',
  };
}

function hasDelivered({ kinds }: TransferState): boolean {
  return [...kinds.values()].some(({ watermark, delivered }) => watermark !== null && delivered > 0);
}

/** A warning only: a first pull that was killed has not recorded yet how far it came. A pull looks closer. */
function lost({ name, destination }: Transfer): CheckResult {
  return {
    subject: 'destination',
    name: destination,
    ok: true,
    warning: true,
    message: `does not record how far transfer ${name} has come, which has delivered to it`,
    hint: `Mount its disk, or restore what it held. If the transfer is meant to begin anew there, run: ic state forget ${name}`,
  };
}

/** `sessions until 2026-11-22T10:00:00Z`, by kind; null where the destination keeps no records. */
async function recordedIn(
  configuration: Configuration,
  transfer: Transfer,
  { clock, signal }: CommandContext,
): Promise<readonly string[] | null> {
  const destination = await createDestination(
    named(configuration.destinations, transfer.destination, 'destination'),
    { transfer: transfer.name, site: transfer.site, kinds: transfer.data, clock, logger: silentLogger },
  );
  try {
    if (!destination.capabilities.keepsRecords) return null;
    const found: string[] = [];
    for (const kind of transfer.data) {
      const claim = await destination.recorded(kind, signal);
      if (claim !== null) found.push(`${kind} until ${toIso(claim.until)}`);
    }
    return found;
  } finally {
    await destination.close();
  }
}
