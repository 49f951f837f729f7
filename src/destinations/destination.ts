import type { CheckResult } from '../platform/check-result.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import { type FileKind, isRecordKind, type Kind } from '../platform/kinds.ts';
import type { Presentation, Session } from '../sessions/session.ts';

export type { CheckResult };

/**
 * Where a transfer puts what it pulls. One destination serves one transfer of one run; `close` is always called.
 *
 * Duties of every implementation, held by the conformance suite:
 * - `deliver` is idempotent: the same item with the same content, again and after any crash, stores nothing twice.
 * - An outcome is returned only for what is durable: a power cut a moment later loses none of it.
 * - An item that cannot be stored for a reason of its own has the outcome `refused`, and the others go on.
 * - A thrown `IcError` means that the destination as a whole failed: `unreachable`, `io`, `refused` or
 *   `configuration`. What had been acknowledged stays; the caller offers the rest again in a later run.
 * - Nothing half-written is ever visible under a final name, or to another reader of a database.
 */
export interface Destination {
  readonly capabilities: Capabilities;

  /** Connects, creates what is missing. Called once, before anything else but `check`, `recorded` and `compare`. */
  open(signal: AbortSignal): Promise<void>;

  /** Stores a batch; resolves with one outcome per item, in the order of the batch. */
  deliver(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]>;

  /** Where a file that is to be delivered is downloaded to: a directory from which `deliver` can move it away. */
  stagingDirectory(kind: FileKind, signal: AbortSignal): Promise<string>;

  /** Records what is here of a kind, in destinations that keep records of their own. It may claim less than before. */
  advance(kind: Kind, claim: Claim, signal: AbortSignal): Promise<void>;

  /** What the destination's own records say of this transfer, from which a lost state file is rebuilt. */
  recover(kind: Kind, signal: AbortSignal): Promise<Recovery | null>;

  /**
   * For each item of the transfer's site, in their order, what the destination holds by its own records, all of them,
   * and is still there as far as a quick look tells; null: nothing, or it keeps no records. Needs no `open`.
   */
  held(kind: Kind, items: readonly HeldKey[], signal: AbortSignal): Promise<readonly (HeldItem | null)[]>;

  /** What its own records claim of this transfer; null when they say nothing. Needs no `open`, makes nothing. */
  recorded(kind: Kind, signal: AbortSignal): Promise<RecordedClaim | null>;

  /**
   * Whether it is the destination in which the records of a kind ended at `known`. With null, whether it holds records
   * of the transfer's site at all. Needs no `open`, makes nothing. Null: it keeps no records.
   */
  compare(kind: Kind, known: Position | null, signal: AbortSignal): Promise<Comparison | null>;

  /** Where the records of a kind end, as far as this run has read or written them; null before the first. */
  position(kind: Kind): Position | null;

  /** Keeps what it recorded under names that the configuration no longer has under those that took their place. */
  rename(renaming: Renaming, signal: AbortSignal): Promise<void>;

  /** Tries everything that a pull will need, and changes nothing that stays. */
  check(signal: AbortSignal): AsyncIterable<CheckResult>;

  close(): Promise<void>;
}

/** What a destination can do, as data. */
export interface Capabilities {
  readonly kinds: ReadonlySet<Kind>;
  /** Most items, and most bytes of raw XML, that one call of `deliver` takes. */
  readonly batch: { readonly items: number; readonly bytes: number };
  /** Whether it knows by itself what it already holds, so that offering everything again is harmless. */
  readonly recognises: boolean;
  /** Whether it records what was delivered, so that one that has no records is known to be another, or emptied. */
  readonly keepsRecords: boolean;
}

/** What names an item, for file names, rows and messages. `lsid` is null for backups only. */
export interface ItemNames {
  readonly site: string;
  /** The site's host without port. */
  readonly host: string;
  readonly lsid: string | null;
  /** Number of a command shell or Show My Screen recording within its session. */
  readonly instance: number | null;
  readonly lseq: string | null;
  readonly sessionType: string | null;
  readonly externalKey: string | null;
  readonly startTime: UnixSeconds | null;
  readonly endTime: UnixSeconds | null;
}

export type Delivery = SessionDelivery | PresentationDelivery | FileDelivery;
export type RecordDelivery = SessionDelivery | PresentationDelivery;

interface RecordDeliveryBase {
  readonly names: ItemNames;
  /** A hash of what the record says, without what differs between two reports of the same; it bears its version. */
  readonly contentHash: string;
  /** Whether a content hash, of whichever version of ic, is that of this record. */
  hasContent(hash: string): boolean;
  /** The record's own bytes as the appliance sent them. */
  readonly raw: Uint8Array;
  /** A document of its own: XML declaration, the list's root with its namespaces, the raw bytes. */
  document(): Uint8Array;
}

export interface SessionDelivery extends RecordDeliveryBase {
  readonly kind: 'sessions';
  readonly record: Session;
}

export interface PresentationDelivery extends RecordDeliveryBase {
  readonly kind: 'presentations';
  readonly record: Presentation;
}

/** A complete, checked file in the staging directory; `deliver` moves it to its place, or leaves it to the caller. */
export interface FileDelivery {
  readonly kind: FileKind;
  readonly names: ItemNames;
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the file, hex: also its content hash. */
  readonly sha256: string;
  /** Without the period: `mp4`, `flv`, `txt`, `nsb`. */
  readonly extension: string;
  /** By what the file holds, where that was looked at: `video/mp4`. */
  readonly mediaType?: string;
  /** When the download ended, by the appliance's clock. */
  readonly downloadedAt: UnixSeconds;
}

export function isRecord(delivery: Delivery): delivery is RecordDelivery {
  return isRecordKind(delivery.kind);
}

/** What names an item within its site and kind. `instance` is null of records. */
export interface HeldKey {
  readonly lsid: string;
  readonly instance: number | null;
}

/** The latest of the item's contents that is there. */
export interface HeldItem {
  readonly contentHash: string;
}

/**
 * - `stored`, `updated`: written now.
 * - `unchanged`: already there with the same content; nothing was written (a file left by a crash is adopted so).
 * - `skipped`: left out because the configuration says so (`on_conflict = skip`).
 * - `refused`: this item cannot be stored; `error` says why. It is owed.
 */
export interface Outcome {
  readonly status: 'stored' | 'updated' | 'unchanged' | 'skipped' | 'refused';
  /** Bytes written; 0 unless stored or updated. */
  readonly bytes: number;
  /** Where it is now, for people: a path or a table's row. */
  readonly location: string | null;
  readonly error: IcError | null;
  /** What went wrong beside the item itself (a prune that failed). */
  readonly warnings: readonly string[];
}

/**
 * Each item of a batch with its outcome. Throws an `internal` error that names the destination when it has answered
 * about fewer items than it was given, or about more: which is whose cannot be known then.
 */
export function pairOutcomes<const Batch extends readonly unknown[]>(
  batch: Batch,
  outcomes: readonly Outcome[],
  destination: string,
): { readonly [Place in keyof Batch]: readonly [item: Batch[Place], outcome: Outcome] } {
  if (outcomes.length !== batch.length) {
    throw new IcError(
      'internal',
      `Destination ${destination} answered about ${outcomes.length} items of the ${batch.length} that it was given.`,
      { hint: 'This is a defect in the destination. The next run offers these items again.' },
    );
  }
  const pairs = batch.map((item, place) => [item, outcomes[place]] as const);
  return pairs as unknown as ReturnType<typeof pairOutcomes<Batch>>;
}

/** Everything of the transfer's kind that ended from `since` up to `until` is here. */
export interface Claim {
  readonly since: UnixSeconds;
  readonly until: UnixSeconds;
}

/** `since` is null where version 0.1.0 recorded how far a transfer had come, and not from where. */
export interface RecordedClaim {
  readonly since: UnixSeconds | null;
  readonly until: UnixSeconds;
}

/** Where a destination's records end, and whose records they are. */
export interface Position {
  /** Of a directory's manifest or of a database, made at first use. */
  readonly id: string;
  /** The manifest's last line; in a database the number of transactions of the transfer. */
  readonly sequence: number;
  /** SHA-256, hex, of the manifest's last line; empty in a database. */
  readonly hash: string;
  /** The transfer's name in the destination's records, which may be one that it no longer has. */
  readonly transfer: string;
}

/**
 * - `same`: its records hold what was known, and maybe more.
 * - `empty`: it holds no record; with nothing known, none of the transfer's site and kind.
 * - `other`: its records are those of another destination.
 * - `behind`: its records end before what was known, or say something else there.
 */
export interface Comparison {
  readonly found: 'same' | 'empty' | 'other' | 'behind';
  /** What was looked at, for people: a directory, a database. */
  readonly place: string;
}

/** Names before and now. */
export interface Renaming {
  readonly transfer: { readonly from: string; readonly to: string };
  readonly site: { readonly from: string; readonly to: string };
}

export interface Recovery {
  readonly claim: RecordedClaim | null;
  readonly entries: AsyncIterable<RecoveredEntry>;
}

export interface RecoveredEntry {
  readonly lsid: string | null;
  readonly instance: number | null;
  readonly contentHash: string;
  /** End of the session, else its start, else when it was delivered. */
  readonly time: UnixSeconds;
  /** Whether it is still there as it was stored, as far as a quick look tells; where it is missing, that is not looked at. */
  readonly isIntact?: () => Promise<boolean>;
}
