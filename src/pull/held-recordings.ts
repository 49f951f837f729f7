import type { FileKind } from '../platform/kinds.ts';
import type { OwedItem } from '../state/state.ts';
import type { Moment, PullContext } from './context.ts';
import { timeOf } from './missed-recording.ts';

/** Items that are looked up at once. */
const lookedUpAtOnce = 1_000;

/**
 * Of recordings that are owed, those that the destination does not hold. What it holds by its own records, whenever it
 * came and whatever its name, is settled without a download: the state may have been rewound or lost, or a run killed, and
 * an appliance that converts a recording anew sends other bytes, or says that it has expired.
 */
export async function withoutHeld(
  context: PullContext,
  items: readonly OwedItem[],
  moment: Moment,
): Promise<readonly OwedItem[]> {
  const held = new Set<OwedItem>();
  for (const [kind, ofKind] of Map.groupBy(items, (item) => item.kind as FileKind)) {
    for (let from = 0; from < ofKind.length; from += lookedUpAtOnce) {
      const wanted = ofKind.slice(from, from + lookedUpAtOnce);
      for (const item of await settleHeld(context, kind, wanted, moment)) held.add(item);
    }
  }
  return items.filter((item) => !held.has(item));
}

async function settleHeld(
  { destination, ledger, tally, signal }: PullContext,
  kind: FileKind,
  wanted: readonly OwedItem[],
  moment: Moment,
): Promise<readonly OwedItem[]> {
  const found = await destination.held(kind, wanted, signal);
  return wanted.filter((item, index) => {
    const contentHash = found[index]?.contentHash;
    if (contentHash === undefined) return false;
    ledger.delivered(item, { hash: contentHash, time: timeOf(item, moment), bytes: 0, counts: false });
    tally.seen(kind);
    tally.unchanged(kind);
    return true;
  });
}
