import type { FileKind } from '../platform/kinds.ts';
import type { OwedItem } from '../state/state.ts';
import type { PullContext } from './context.ts';

/**
 * Of recordings that are owed, those that the destination does not hold. What it holds by its own records is settled
 * without a download: a run that was killed may not have noted it, and an appliance that converts a recording anew sends
 * other bytes, which would be stored as another one.
 */
export async function withoutHeld(
  context: PullContext,
  items: readonly OwedItem[],
): Promise<readonly OwedItem[]> {
  const held = new Set<OwedItem>();
  for (const [kind, wanted] of Map.groupBy(items, (item) => item.kind as FileKind)) {
    for (const item of await heldOf(context, kind, wanted)) held.add(item);
  }
  return items.filter((item) => !held.has(item));
}

async function heldOf(
  { destination, ledger, tally, selection, signal }: PullContext,
  kind: FileKind,
  wanted: readonly OwedItem[],
): Promise<readonly OwedItem[]> {
  // A usual run knows of everything until the last whole one ended, and has no need to read more of the records.
  const since = selection.type === 'incremental' ? ledger.lastWholeRunEnd() : null;
  const recovery = await destination.recover(kind, signal, since);
  if (recovery === null) return [];
  const byKey = new Map(wanted.map((item) => [keyOf(item.lsid, item.instance), item]));
  const held: OwedItem[] = [];
  for await (const { lsid, instance, contentHash, time, isIntact } of recovery.entries) {
    const item = byKey.get(keyOf(lsid, instance));
    if (item === undefined || (await isIntact?.()) !== true) continue;
    ledger.delivered(item, { hash: contentHash, time, bytes: 0, counts: false });
    tally.seen(kind);
    tally.unchanged(kind);
    held.push(item);
  }
  return held;
}

function keyOf(lsid: string | null, instance: number | null): string {
  return `${instance} ${lsid}`;
}
