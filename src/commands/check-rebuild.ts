import type { Configuration, Transfer } from '../config/configuration.ts';
import type { CheckResult } from '../destinations/destination.ts';
import { toIso } from '../platform/clock.ts';
import { silentLogger } from '../platform/logger.ts';
import type { State } from '../state/state.ts';
import type { CommandContext } from './command.ts';
import { createDestination } from './destinations.ts';
import { named } from './pull-request.ts';

/** Tells of transfers that the state does not know and the destination does: a pull goes on from what is recorded there. */
export async function* checkRebuild(
  configuration: Configuration,
  name: string,
  state: State,
  context: CommandContext,
): AsyncGenerator<CheckResult> {
  for (const transfer of configuration.transfers.values()) {
    if (transfer.destination !== name || state.transfer(transfer.name) !== null) continue;
    const recorded = await recordedIn(configuration, transfer, context);
    if (recorded.length === 0) continue;
    yield {
      subject: 'state',
      name: configuration.state.path,
      ok: true,
      warning: true,
      message: `knows nothing of transfer ${transfer.name}, but destination ${name} holds its deliveries (${recorded.join(', ')}): the next pull rebuilds the state from there`,
      hint: 'If there is a state elsewhere, set path of [state] to it; otherwise nothing need be done.',
    };
  }
}

/** `sessions until 2026-11-22T10:00:00Z`, by kind. */
async function recordedIn(
  configuration: Configuration,
  transfer: Transfer,
  { clock, signal }: CommandContext,
): Promise<readonly string[]> {
  const destination = await createDestination(
    named(configuration.destinations, transfer.destination, 'destination'),
    { transfer: transfer.name, site: transfer.site, kinds: transfer.data, clock, logger: silentLogger },
  );
  try {
    const found: string[] = [];
    for (const kind of transfer.data) {
      const watermark = await destination.recorded(kind, signal);
      if (watermark !== null) found.push(`${kind} until ${toIso(watermark)}`);
    }
    return found;
  } finally {
    await destination.close();
  }
}
