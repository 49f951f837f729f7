import type { RecoveredEntry } from '../destination.ts';

/** Entries that are read and held at once. */
export const entriesAtOnce = 5_000;

/** All entries, read page after page: `read` gives the next ones after an LSID, in the order of LSIDs. */
export async function* pagedEntries(
  read: (after: string) => Promise<readonly RecoveredEntry[]>,
): AsyncGenerator<RecoveredEntry> {
  let after = '';
  for (;;) {
    const page = await read(after);
    yield* page;
    if (page.length < entriesAtOnce) return;
    after = page.at(-1)?.lsid ?? '';
  }
}
