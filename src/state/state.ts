import type { UnixSeconds } from '../platform/clock.ts';
import type { ErrorSummary } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';

/**
 * What `ic` remembers between runs. Reads answer from the image in memory; `commit` makes a list of changes durable
 * together. A commit first takes in what other processes have committed to other transfers since, so that nothing
 * of theirs is lost. The reader of a transfer holds that transfer's lock (see lock.ts).
 */
export interface State {
  /** Told once on opening: a damaged file, the previous generation used, a file that was missing. */
  readonly notices: readonly StateNotice[];
  transfer(name: string): TransferState | null;
  transfers(): readonly TransferState[];
  /** How far one kind has come; cheap enough to be asked for each slice. */
  kind(transfer: string, kind: Kind): KindProgress | null;
  /** The content hash under which the item was last delivered, or null. */
  delivered(transfer: string, item: ItemKey): string | null;
  openSessions(transfer: string, kind: Kind): readonly OpenSession[];
  owed(transfer: string, kind?: Kind): readonly OwedItem[];
  /** One item, if it is owed: there may be many. */
  owedItem(transfer: string, item: ItemKey): OwedItem | null;
  /** Sessions that were delivered without an end, and may still get one. */
  abandoned(transfer: string, kind: Kind): readonly AbandonedSession[];
  isAbandoned(transfer: string, kind: Kind, lsid: string): boolean;
  /** What the transfer stopped asking for, for as long as the decision may turn out to be wrong. */
  givenUp(transfer: string): readonly GivenUp[];
  /** What was last known of the time at a site; null: nothing yet. */
  siteClock(site: string): SiteClock | null;
  /** The last 50, and before them those of the last 20 failures that are older; newest first. */
  runs(transfer: string): readonly RunRecord[];
  /** When, by this machine's clock, the last run ended that nothing kept from going through to its end. */
  lastWholeRun(transfer: string): UnixSeconds | null;
  /** Oldest first, at most 90. */
  days(transfer: string): readonly DayRecord[];
  /** How often in a row scheduled runs found that another process holds the transfer; null: the last one did not. */
  foundLocked(transfer: string): FoundLocked | null;
  commit(changes: readonly StateChange[]): Promise<void>;
  /** Takes in what other processes have committed since. */
  refresh(): Promise<void>;
  close(): void;
}

export interface StateNotice {
  readonly level: 'warn' | 'info';
  readonly message: string;
  /** True when the state was lost or is older than the last commit: destinations are asked what they hold. */
  readonly rebuild: boolean;
}

export interface TransferState {
  readonly name: string;
  /** The ends that the watermark belongs to. */
  readonly site: string;
  readonly destination: string;
  /** Of the site, as configured, by which it is known under another name; null: not known. */
  readonly host: string | null;
  /** The names under which the destination keeps its records: the present ones, but in between. */
  readonly recordedAs: { readonly transfer: string; readonly site: string };
  readonly lastRun: RunRecord | null;
  readonly lastSuccess: UnixSeconds | null;
  /** When the present row of failures began; null while all is well. */
  readonly failingSince: UnixSeconds | null;
  /** When a failure was last told to people, by the channel (`mail`, `webhook`) that told it. */
  readonly notifiedAt: ReadonlyMap<string, UnixSeconds>;
  /** The appliance's clock minus this machine's, in seconds. */
  readonly clockDifference: number | null;
  readonly kinds: ReadonlyMap<Kind, KindState>;
}

export interface FoundLocked {
  readonly count: number;
  /** When, by this machine's clock, the first of these runs found it. */
  readonly since: UnixSeconds;
}

export interface KindProgress {
  /** Where the first window began: what had ended before is none of the transfer's business. Null: not known. */
  readonly since: UnixSeconds | null;
  /** Everything that had ended by then has been confirmed. It never goes back. */
  readonly watermark: UnixSeconds | null;
  /** Where the next window goes on: the watermark, unless the appliance's clock was set back behind it. */
  readonly reached: UnixSeconds | null;
  /** When, by the appliance's clock, the last complete sweep began. */
  readonly sweptAt: UnixSeconds | null;
  /** How far a sweep in progress has come; null when none was interrupted. */
  readonly sweepPosition: UnixSeconds | null;
  readonly delivered: number;
  readonly bytes: number;
  /** Items that had expired on the appliance, or were given up. */
  readonly unobtainable: number;
}

export interface KindState extends KindProgress {
  readonly owed: number;
  readonly open: number;
  /** Where the destination's records ended; null: not known. */
  readonly place: Place | null;
  /** Whether the configuration no longer names the kind, and that was said. */
  readonly leftOut: boolean;
}

/** What tells a destination, and how far its records went: see `Position` of the destinations. */
export interface Place {
  readonly id: string;
  readonly sequence: number;
  readonly hash: string;
}

/** Within one transfer. `lsid` is empty for backups. */
export interface ItemKey {
  readonly kind: Kind;
  readonly lsid: string;
  /** 0 where a session has only one of the kind. */
  readonly instance: number;
}

export interface OpenSession {
  readonly lsid: string;
  readonly startTime: UnixSeconds | null;
  readonly firstSeen: UnixSeconds;
}

/** Something that the site has and the destination has not yet. Instants are by the appliance's clock. */
export interface OwedItem extends ItemKey {
  readonly since: UnixSeconds;
  readonly attempts: number;
  readonly nextTry: UnixSeconds;
  /** `new` until it was tried; `not-ready`: the appliance said so; `failed`; `refused` by the destination. */
  readonly status: 'new' | 'not-ready' | 'failed' | 'refused';
  readonly reason: string;
  /** What names the file: the session's own values, without any link. */
  readonly names: OwedNames;
  /** When it was first owed, by this machine's clock; absent: an earlier version did not note it. */
  readonly machineSince?: UnixSeconds;
}

/** A session that was delivered without an end. Instants are the trusted time, but `machineSince`. */
export interface AbandonedSession {
  readonly lsid: string;
  readonly since: UnixSeconds;
  readonly machineSince: UnixSeconds;
  readonly attempts: number;
  readonly nextTry: UnixSeconds;
}

/** An item that is asked for no more, and when that was decided: by the trusted time, and by this machine's. */
export interface GivenUp {
  readonly item: OwedItem;
  readonly at: UnixSeconds;
  readonly machineAt: UnixSeconds;
}

/** One reading of the time at a site, and the clocks of this machine when it was taken. */
export interface SiteClock {
  /** What the appliance's clock showed. */
  readonly shown: UnixSeconds;
  /** The latest time that is confirmed. */
  readonly trusted: UnixSeconds;
  /** How many runs in a row saw a time that was not confirmed. */
  readonly unconfirmed: number;
  readonly machine: UnixSeconds;
  /** Seconds since this machine started, and the mark of that boot; null where the system does not tell. */
  readonly uptime: number | null;
  readonly boot: string | null;
  /** The newest end of a session in a report, where it was later than what the clock showed. */
  readonly newestEnd: UnixSeconds | null;
}

export interface OwedNames {
  readonly lseq: string | null;
  readonly sessionType: string | null;
  readonly externalKey: string | null;
  readonly startTime: UnixSeconds | null;
  readonly endTime: UnixSeconds | null;
}

export interface KindCounts {
  readonly seen: number;
  readonly delivered: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly failed: number;
  readonly owed: number;
  readonly bytes: number;
}

export interface RunRecord {
  /** The run's id, as in the log. */
  readonly id: string;
  readonly startedAt: UnixSeconds;
  readonly finishedAt: UnixSeconds;
  readonly status: 'ok' | 'partial' | 'failed';
  readonly exitCode: number;
  readonly error: ErrorSummary | null;
  /** The first few, and how many there were besides: of a thousand runs, each is read again with the state. */
  readonly warnings: readonly string[];
  readonly kinds: Readonly<Partial<Record<Kind, KindCounts>>>;
  readonly retries: number;
  readonly clockDifference: number | null;
}

export interface DayRecord {
  /** `2026-11-22`, UTC. */
  readonly day: string;
  readonly runs: number;
  readonly failures: number;
  readonly delivered: number;
  readonly bytes: number;
  /** At the end of the day's last run. */
  readonly owed: number;
  readonly seconds: number;
}

export type StateChange =
  /** Of a transfer that is known already it says the host alone. */
  | {
      readonly type: 'begin';
      readonly transfer: string;
      readonly site: string;
      readonly destination: string;
      readonly host?: string;
    }
  /** The transfer runs between other ends, at which its watermarks mean nothing: it begins anew, its history stays. */
  | {
      readonly type: 'repoint';
      readonly transfer: string;
      readonly site: string;
      readonly destination: string;
    }
  /** What the state knows under one name goes on under another; `of`: in this transfer alone. */
  | {
      readonly type: 'rename';
      readonly what: 'transfer' | 'site' | 'destination';
      readonly from: string;
      readonly to: string;
      readonly of?: string;
    }
  /** The destination keeps its records under the present names. */
  | { readonly type: 'recorded'; readonly transfer: string }
  | { readonly type: 'place'; readonly transfer: string; readonly kind: Kind; readonly place: Place }
  | { readonly type: 'left-out'; readonly transfer: string; readonly kind: Kind; readonly leftOut: boolean }
  | {
      readonly type: 'delivered';
      readonly transfer: string;
      readonly item: ItemKey;
      readonly hash: string;
      /** End of the session, else its start, else the time of delivery: what decides when the row may go. */
      readonly time: UnixSeconds;
      /** 0 when the destination had it already. */
      readonly bytes: number;
      /** Whether it counts as delivered now, or was only recognised. */
      readonly counts: boolean;
    }
  /** It will never be had, and is not asked for again. */
  | {
      readonly type: 'unobtainable';
      readonly transfer: string;
      readonly item: ItemKey;
      /** As of `delivered`. */
      readonly time: UnixSeconds;
    }
  | {
      readonly type: 'watermark';
      readonly transfer: string;
      readonly kind: Kind;
      readonly watermark: UnixSeconds;
    }
  /** Where the first window of the kind begins; a later one says nothing. */
  | { readonly type: 'since'; readonly transfer: string; readonly kind: Kind; readonly since: UnixSeconds }
  /** The appliance's clock was: windows go on from `reached`; the first one may have begun too late. */
  | {
      readonly type: 'set-back';
      readonly transfer: string;
      readonly kind: Kind;
      readonly reached: UnixSeconds;
    }
  /** The transfer's start reaches further back than the kind began: it is read again from there. */
  | { readonly type: 'extend'; readonly transfer: string; readonly kind: Kind; readonly since: UnixSeconds }
  | {
      readonly type: 'rewind';
      readonly transfer: string;
      readonly kind: Kind;
      readonly watermark: UnixSeconds;
    }
  | {
      readonly type: 'sweep';
      readonly transfer: string;
      readonly kind: Kind;
      readonly position: UnixSeconds | null;
      readonly completedAt?: UnixSeconds;
    }
  | { readonly type: 'open'; readonly transfer: string; readonly kind: Kind; readonly session: OpenSession }
  | { readonly type: 'closed'; readonly transfer: string; readonly kind: Kind; readonly lsid: string }
  | { readonly type: 'owe'; readonly transfer: string; readonly item: OwedItem }
  /** Delivered without an end, or asked for once more without one. It counts as open no longer. */
  | {
      readonly type: 'abandoned';
      readonly transfer: string;
      readonly kind: Kind;
      readonly session: AbandonedSession;
    }
  /** A session that was abandoned is asked for no more. */
  | { readonly type: 'forgotten'; readonly transfer: string; readonly kind: Kind; readonly lsid: string }
  /** Neither owed nor open any longer, though it never came. */
  | { readonly type: 'given-up'; readonly transfer: string; readonly givenUp: GivenUp }
  /** The decision to give it up stands, and need not be remembered. */
  | { readonly type: 'given-up-for-good'; readonly transfer: string; readonly item: ItemKey }
  /** The decision to give it up was wrong: it is owed again. */
  | { readonly type: 'owe-again'; readonly transfer: string; readonly item: OwedItem }
  | { readonly type: 'site-clock'; readonly site: string; readonly reading: SiteClock }
  /** The destination has lost the item: it is no longer in the ledger, and is delivered when it comes up again. */
  | { readonly type: 'lost'; readonly transfer: string; readonly item: ItemKey }
  | { readonly type: 'settled'; readonly transfer: string; readonly item: ItemKey }
  /** Ledger rows of the kind whose time is before `before` are no longer asked for by any window. */
  | { readonly type: 'prune'; readonly transfer: string; readonly kind: Kind; readonly before: UnixSeconds }
  | { readonly type: 'run'; readonly transfer: string; readonly run: RunRecord }
  | {
      readonly type: 'notified';
      readonly transfer: string;
      readonly channel: string;
      /** Null: nothing is left to be told as over. */
      readonly at: UnixSeconds | null;
    }
  | { readonly type: 'found-locked'; readonly transfer: string; readonly at: UnixSeconds }
  | { readonly type: 'lock-taken'; readonly transfer: string }
  | { readonly type: 'forget'; readonly transfer: string };
