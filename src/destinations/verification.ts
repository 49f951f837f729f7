import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';

/** What `ic verify` found wrong in a destination. */
export interface StoredProblem {
  /**
   * `chain`: the records of what was delivered were tampered with. `unknown`: something that these do not know.
   * `altered` in a database: a record has other rows below it than were delivered.
   */
  readonly kind: 'missing' | 'truncated' | 'altered' | 'unreadable' | 'unknown' | 'chain';
  /** An absolute path; in a database `session LSID of HOST`. */
  readonly path: string;
  readonly message: string;
  /** What should be asked for again; null where that mends nothing. */
  readonly item: StoredItem | null;
}

/** What is stored, and what its name was made of. */
export interface StoredItem {
  readonly transfer: string;
  readonly site: string;
  readonly kind: Kind;
  readonly lsid: string | null;
  readonly instance: number | null;
  readonly lseq: string | null;
  readonly sessionType: string | null;
  readonly externalKey: string | null;
  readonly startTime: UnixSeconds | null;
  readonly endTime: UnixSeconds | null;
}

/** What has been looked at so far: files or records, and the bytes that were re-read. */
export interface VerificationTotals {
  files: number;
  bytes: number;
  /** Records of a database whose content was not noted at delivery: only their rows are counted. */
  unsealed: number;
}

export interface Verification {
  /** What is wrong, as it is found. Throws `IcError` when the destination cannot be read at all. */
  readonly problems: AsyncIterable<StoredProblem>;
  readonly totals: Readonly<VerificationTotals>;
}

/** What `ic verify --seal` took for right in a database. */
export interface Sealing {
  /** Records whose content was not noted at delivery. */
  readonly completed: number;
  /** Records whose rows were no longer those that were delivered. */
  readonly changed: number;
  /** Delivery records of what is gone. */
  readonly removed: number;
}
