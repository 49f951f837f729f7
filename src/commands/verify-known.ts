import type { Configuration, DestinationConfig } from '../config/configuration.ts';
import type { Comparison, Destination } from '../destinations/destination.ts';
import type { StoredProblem } from '../destinations/verification.ts';
import { closing } from '../platform/closing.ts';
import type { Kind } from '../platform/kinds.ts';
import { silentLogger } from '../platform/logger.ts';
import { positionOf } from '../pull/streams.ts';
import type { TransferState } from '../state/state.ts';
import { openState } from '../state/store.ts';
import { formatCount } from '../terminal/format.ts';
import type { CommandContext } from './command.ts';
import { createDestination } from './destinations.ts';

/**
 * Where a destination is not the one that the state knows: another disk, an older copy, records that were cut off or
 * written anew. Its own records may well agree with each other; the state lies elsewhere, and remembers where they ended.
 */
export async function unlikeKnown(
  configuration: Configuration,
  config: DestinationConfig,
  context: CommandContext,
): Promise<readonly StoredProblem[]> {
  const { clock, signal } = context;
  const state = await openState(configuration.state.path, { clock, signal });
  await using _ = closing(state);
  const problems = new Map<string, StoredProblem>();
  for (const known of state.transfers().filter(({ destination }) => destination === config.name)) {
    for await (const { found, place } of comparisons(config, known, context)) {
      const says = complaints[found];
      if (says === null) continue;
      const { kind, text } = says;
      const message = `${text} (transfer ${known.name}).`;
      problems.set(`${place} ${message}`, { kind, path: place, message, item: null });
    }
  }
  return [...problems.values()];
}

/**
 * A destination that knows of nothing, though something was delivered to it by a version of ic that did not remember where
 * its records ended: null when nothing was.
 */
export async function emptied(
  configuration: Configuration,
  destination: string,
  { clock, signal }: CommandContext,
): Promise<StoredProblem | null> {
  const state = await openState(configuration.state.path, { clock, signal });
  await using _ = closing(state);
  const delivered = state
    .transfers()
    .filter((transfer) => transfer.destination === destination)
    .flatMap(({ kinds }) => [...kinds.values()])
    .reduce((sum, kind) => sum + kind.delivered, 0);
  if (delivered === 0) return null;
  const message = `It holds no record of anything, and ${formatCount(delivered, 'item')} were delivered to it. Mount its disk, or restore what it held.`;
  return { kind: 'missing', path: destination, message, item: null };
}

interface Complaint {
  readonly kind: StoredProblem['kind'];
  readonly text: string;
}

const complaints: Readonly<Record<Comparison['found'], Complaint | null>> = {
  same: null,
  empty: {
    kind: 'missing',
    text: 'It holds no record of what was delivered to it. Mount its disk, or restore what it held',
  },
  other: {
    kind: 'chain',
    text: 'It is another one than the state knows: its records are not those that the last pull left there',
  },
  behind: {
    kind: 'chain',
    text: 'Its records no longer hold those that the last pull left there: it is an older copy, or they were cut off or written anew. Restore the newer copy; ic pull names the other way',
  },
};

async function* comparisons(
  config: DestinationConfig,
  known: TransferState,
  { clock, signal }: CommandContext,
): AsyncGenerator<Comparison> {
  const { transfer, site } = known.recordedAs;
  const kinds: readonly Kind[] = [...known.kinds.keys()];
  const options = { transfer, site, kinds, clock, logger: silentLogger };
  const destination: Destination = await createDestination(config, options);
  await using _ = closing(destination);
  for (const kind of kinds.filter((one) => destination.capabilities.kinds.has(one))) {
    const position = positionOf(known, kind);
    const comparison = position && (await destination.compare(kind, position, signal));
    if (comparison) yield comparison;
  }
}
