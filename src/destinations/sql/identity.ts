import type { Comparison, Position } from '../destination.ts';

/** What a database says of itself before a pull. */
export interface DatabaseIdentity {
  /** Null: no version has made one yet. */
  readonly id: string | null;
  /** Transactions of the transfer. */
  readonly sequence: number;
  /** Whether there is a record of any delivery; with nothing known, of the transfer's site and kind. */
  readonly holdsRecords: boolean;
}

/** A database that is not there, or holds nothing of ic's. */
export const noDatabase: DatabaseIdentity = { id: null, sequence: 0, holdsRecords: false };

export function compareIdentity(
  { id, sequence, holdsRecords }: DatabaseIdentity,
  known: Position | null,
): Comparison['found'] {
  if (known === null) return holdsRecords ? 'same' : 'empty';
  if (id === known.id) return sequence >= known.sequence ? 'same' : 'behind';
  return holdsRecords ? 'other' : 'empty';
}
