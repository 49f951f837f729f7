import type { Transfer } from '../config/configuration.ts';
import type { Destination, Outcome } from '../destinations/destination.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import { exitCodes, type IcError } from '../platform/errors.ts';
import { type Kind, kinds } from '../platform/kinds.ts';
import type { KindCounts } from '../state/state.ts';
import { Complaints } from './complaints.ts';
import type { Window } from './window.ts';

export type TransferStatus = 'ok' | 'partial' | 'failed' | 'locked' | 'not-due';

/** What became of one transfer in one run. */
export interface TransferResult {
  readonly name: string;
  readonly site: string;
  readonly destination: string;
  readonly status: TransferStatus;
  readonly exitCode: number;
  /** What was asked for, over all slices; null when it did not come to that. */
  readonly window: Window | null;
  /** The earliest watermark among the transfer's kinds after the run. */
  readonly watermark: number | null;
  readonly clockDifference: number | null;
  readonly kinds: Readonly<Partial<Record<Kind, KindCounts>>>;
  /** Sessions still in progress that are asked for again on the next run. */
  readonly open: number;
  readonly retries: number;
  readonly error: IcError | null;
  readonly warnings: readonly string[];
  /** Where the destination's records end after the run; empty when it keeps none, or was not reached. */
  readonly heads: readonly Head[];
}

/**
 * The end of a chain of records, for whoever keeps it elsewhere: records that were written anew since do not lead to it.
 */
export interface Head {
  /** Whose records are in the chain. */
  readonly kinds: readonly Kind[];
  /** Of the directory's manifest or of the database. */
  readonly id: string;
  readonly sequence: number;
  /** SHA-256, hex, of the manifest's last line; null in a database. */
  readonly hash: string | null;
}

/** One head for each manifest or database, as far as this run knows them. */
export function headsOf(
  destination: Pick<Destination, 'position'>,
  wanted: readonly Kind[],
): readonly Head[] {
  const known = wanted.flatMap((kind) => {
    const found = destination.position(kind);
    return found === null ? [] : [{ kind, ...found }];
  });
  return [...Map.groupBy(known, ({ id }) => id)].map(([id, parts]) => {
    const last = parts.reduce((newest, part) => (part.sequence > newest.sequence ? part : newest));
    return { kinds: parts.map(({ kind }) => kind), id, sequence: last.sequence, hash: last.hash || null };
  });
}

type Mutable<T> = { -readonly [P in keyof T]: T[P] };

/** Counts of one run, per kind. Every kind that was asked for has a row, also when nothing was seen. */
export class Tally {
  readonly #counts = new Map<Kind, Mutable<KindCounts>>();
  readonly warnings: string[] = [];
  readonly complaints = new Complaints();
  #firstFailure: IcError | null = null;
  readonly #failedItems = new Set<string>();

  constructor(wanted: Iterable<Kind>) {
    for (const kind of wanted) this.#counts.set(kind, emptyCounts());
  }

  seen(kind: Kind, count = 1): void {
    this.#of(kind).seen += count;
  }

  unchanged(kind: Kind): void {
    this.#of(kind).unchanged += 1;
  }

  /** The cause may be left out where it is told of elsewhere. */
  failed(kind: Kind, cause: IcError | null = null): void {
    this.#of(kind).failed += 1;
    this.#firstFailure ??= cause;
  }

  /** As `failed`, for an item that a run may come upon more than once; false when it has. */
  failedOnce(kind: Kind, lsid: string): boolean {
    const key = `${kind} ${lsid}`;
    if (this.#failedItems.has(key)) return false;
    this.#failedItems.add(key);
    this.failed(kind);
    return true;
  }

  /** Why the first item failed of which that was said. */
  get firstFailure(): IcError | null {
    return this.#firstFailure;
  }

  delivered(kind: Kind, bytes: number): void {
    const counts = this.#of(kind);
    counts.delivered += 1;
    counts.bytes += bytes;
  }

  outcome(kind: Kind, outcome: Outcome): void {
    this.warnings.push(...outcome.warnings);
    if (outcome.status === 'stored' || outcome.status === 'updated') this.delivered(kind, outcome.bytes);
    else if (outcome.status === 'unchanged') this.unchanged(kind);
    else if (outcome.status === 'skipped') this.#of(kind).skipped += 1;
    else this.failed(kind, outcome.error);
  }

  /** The latest end of a session that a report showed; null before the first. */
  newestEnd: UnixSeconds | null = null;

  sawEnd(time: UnixSeconds): void {
    this.newestEnd = Math.max(time, this.newestEnd ?? time);
  }

  owed(kind: Kind, count: number): void {
    this.#of(kind).owed = count;
  }

  total(count: keyof KindCounts): number {
    let total = 0;
    for (const counts of this.#counts.values()) total += counts[count];
    return total;
  }

  counts(): Readonly<Partial<Record<Kind, KindCounts>>> {
    const rows = kinds.flatMap((kind) => {
      const counts = this.#counts.get(kind);
      return counts ? [[kind, { ...counts }] as const] : [];
    });
    return Object.fromEntries(rows);
  }

  #of(kind: Kind): Mutable<KindCounts> {
    const counts = this.#counts.get(kind) ?? emptyCounts();
    this.#counts.set(kind, counts);
    return counts;
  }
}

/** How much of a run's warnings is kept with it; the log has them all. */
const keptWarnings = { count: 3, length: 300 };

/** The first of them, cut short, and how many more there were. */
export function firstWarnings(warnings: readonly string[]): readonly string[] {
  const first = warnings
    .slice(0, keptWarnings.count)
    .map((text) =>
      text.length > keptWarnings.length ? `${text.slice(0, keptWarnings.length - 1).toWellFormed()}…` : text,
    );
  const more = warnings.length - first.length;
  return more > 0 ? [...first, `And ${more} more, see the log.`] : first;
}

function emptyCounts(): Mutable<KindCounts> {
  return { seen: 0, delivered: 0, unchanged: 0, skipped: 0, failed: 0, owed: 0, bytes: 0 };
}

/**
 * What a transfer's run comes to. A failure after something was delivered is `partial`; nothing that is missing,
 * failed or overdue ever looks like success.
 */
export function judge(
  tally: Tally,
  error: IcError | null,
  overdue: number,
): { readonly status: TransferStatus; readonly exitCode: number } {
  if (error !== null && tally.total('delivered') === 0) return { status: 'failed', exitCode: error.exitCode };
  const incomplete = tally.total('failed') > 0 || overdue > 0 || tally.warnings.length > 0;
  if (error !== null || incomplete) return { status: 'partial', exitCode: exitCodes.partial };
  return { status: 'ok', exitCode: 0 };
}

/**
 * Several transfers: 0 if all succeed; if all fail, the first one's code; otherwise 3. Those that were left out, as not
 * due or as held by another run of the same schedule, have no part in it.
 */
export function combinedExitCode(results: readonly TransferResult[]): number {
  const ran = results.filter(({ status, error }) => status !== 'not-due' && !isLeftOut(status, error));
  const codes = ran.map((result) => result.exitCode);
  const [first] = codes;
  if (first === undefined || codes.every((code) => code === 0)) return 0;
  const allFailed = ran.every((result) => result.status === 'failed' || result.status === 'locked');
  return allFailed || ran.length === 1 ? first : exitCodes.partial;
}

/** A transfer that did not come to run. */
export function withoutRun(
  transfer: Transfer,
  status: 'not-due' | 'locked' | 'failed',
  error: IcError | null,
): TransferResult {
  return {
    name: transfer.name,
    site: transfer.site,
    destination: transfer.destination,
    status,
    exitCode: error?.exitCode ?? 0,
    window: null,
    watermark: null,
    clockDifference: null,
    kinds: {},
    open: 0,
    retries: 0,
    error,
    warnings: [],
    heads: [],
  };
}

/** Run after run, for longer than its schedule allows, another process held it: a failure, unlike being locked for once. */
export function isHeldTooLong({ status, exitCode }: Pick<TransferResult, 'status' | 'exitCode'>): boolean {
  return status === 'locked' && exitCode === exitCodes.partial;
}

function isLeftOut(status: TransferStatus, error: IcError | null): boolean {
  return status === 'locked' && error === null;
}
