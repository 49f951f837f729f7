import type { UnixSeconds } from '../platform/clock.ts';
import type { OwedItem } from '../state/state.ts';
import type { PullContext } from './context.ts';
import { isRecordingKind } from './report-stream.ts';

/**
 * Tells the destination up to when it holds all recordings, which is before the oldest that is still owed: should the
 * state be lost, the next run looks for them from there.
 */
export async function confirmRecordings(context: PullContext): Promise<void> {
  const { transfer, ledger, destination, signal } = context;
  if (!ledger.remembers) return;
  for (const kind of transfer.data.filter(isRecordingKind)) {
    const { reached = null } = ledger.kind(kind) ?? {};
    if (reached === null) continue;
    const complete = ledger.owed(kind).reduce((until, item) => Math.min(until, endOf(item) - 1), reached);
    await destination.advance(kind, complete, signal);
  }
}

function endOf({ names, since }: OwedItem): UnixSeconds {
  return names.endTime ?? names.startTime ?? since;
}
