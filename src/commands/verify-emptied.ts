import type { Configuration } from '../config/configuration.ts';
import type { StoredProblem } from '../destinations/verification.ts';
import { openState } from '../state/store.ts';
import { formatCount } from '../terminal/format.ts';
import type { CommandContext } from './command.ts';

/**
 * What is wrong with a destination that knows of nothing: null when nothing was delivered to it. Otherwise its disk is not
 * mounted, or it was emptied together with its records.
 */
export async function emptied(
  configuration: Configuration,
  destination: string,
  { clock, signal }: CommandContext,
): Promise<StoredProblem | null> {
  const state = await openState(configuration.state.path, { clock, signal });
  try {
    const delivered = state
      .transfers()
      .filter((transfer) => transfer.destination === destination)
      .flatMap(({ kinds }) => [...kinds.values()])
      .reduce((sum, kind) => sum + kind.delivered, 0);
    if (delivered === 0) return null;
    const message = `It holds no record of anything, and ${formatCount(delivered, 'item')} were delivered to it. Mount its disk, or restore what it held.`;
    return { kind: 'missing', path: destination, message, item: null };
  } finally {
    state.close();
  }
}
