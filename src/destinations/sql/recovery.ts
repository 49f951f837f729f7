import type { RecoveredEntry } from '../destination.ts';

/** Entries that are read and held at once. */
export const entriesAtOnce = 5_000;

export interface RecoveryPage<Place> {
  readonly entries: readonly RecoveredEntry[];
  /** Where the next page begins; null after the last one. */
  readonly next: Place | null;
}

/** All entries, read page after page: `read` gives the next ones after a place. */
export async function* pagedEntries<Place>(
  first: Place,
  read: (after: Place) => Promise<RecoveryPage<Place>>,
): AsyncGenerator<RecoveredEntry> {
  for (let after: Place | null = first; after !== null; ) {
    const { entries, next }: RecoveryPage<Place> = await read(after);
    yield* entries;
    after = next;
  }
}
