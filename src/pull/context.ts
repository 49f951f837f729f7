import type { Appliance } from '../appliance/appliance.ts';
import type { Configuration, Site, Start, Transfer } from '../config/configuration.ts';
import type { Destination, ItemNames } from '../destinations/destination.ts';
import type { Clock, UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { Logger } from '../platform/logger.ts';
import type { Progress } from '../platform/progress.ts';
import type { SiteClock } from '../state/state.ts';
import type { Ledger } from './ledger.ts';
import type { RecordingQueue } from './recording-queue.ts';
import type { Tally } from './result.ts';

/** Everything that one run of one transfer works with. */
export interface PullContext {
  readonly runId: string;
  /** All that is configured: what the state knows under names that are not among these may have another name now. */
  readonly configured: Pick<Configuration, 'sites' | 'destinations' | 'transfers'>;
  /** Its `data` is what this run pulls, which may be less than is configured. */
  readonly transfer: Transfer;
  readonly site: SiteNames;
  readonly appliance: Appliance;
  readonly destination: Destination;
  readonly ledger: Ledger;
  readonly recordings: RecordingQueue;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly selection: Selection;
  /** What no error, warning or record of the run may hold, whatever an answer quotes. */
  readonly secrets: readonly string[];
  /** What the destination's configuration asks for; null: whatever the appliance gives. */
  formatOf(kind: Kind): string | null;
  /** What to hold while a backup is made: the appliance makes one at a time. */
  readonly backupLock: string;
  /** The path of the lock that a transfer's runs hold. */
  lockOf(transfer: string): Promise<string>;
  /** Asks the appliance and judges, but touches neither destination nor state. */
  readonly dryRun: boolean;
}

export interface SiteNames {
  readonly name: string;
  /** Without port. */
  readonly host: string;
  /** As configured, by which the site is known under another name. */
  readonly address: string;
  readonly concurrency: number;
  readonly retries: number;
  /** How many bytes of XML a record may have. */
  readonly maxRecord: number;
}

/** What a pull was asked for. Only the incremental one moves watermarks. */
export type Selection =
  | { readonly type: 'incremental' }
  /** How long ago is by the appliance's clock, as everything that a pull asks for. */
  | { readonly type: 'window'; readonly since: Start; readonly until: Start | null }
  | { readonly type: 'sessions'; readonly lsids: readonly string[] };

/** What time it is for a run, as of its beginning. `shown` may be wrong; nothing that `now` decides can be undone. */
export interface Moment {
  /** The appliance's present time, as far as its readings agree. */
  readonly shown: UnixSeconds;
  /** The trusted time: for ages, pauses, and every instant that is kept. */
  readonly now: UnixSeconds;
  /** Where windows end: `shown` less the settling time. */
  readonly until: UnixSeconds;
  /** How far a watermark or a sweep may come. */
  readonly reaches: UnixSeconds;
  /** False: nothing is given up, abandoned, pruned or forgotten in this run. */
  readonly isConfirmed: boolean;
  /** What the state was told of the time, while no second source confirms it; else null. */
  readonly reading: SiteClock | null;
}

export function siteNamesOf({ name, hostName, host, concurrency, retries, maxRecord }: Site): SiteNames {
  return { name, host: hostName, address: host, concurrency, retries, maxRecord };
}

export function namesOf(
  site: SiteNames,
  record: {
    readonly lsid: string;
    readonly lseq: string | null;
    readonly type: string | null;
    readonly externalKey: string | null;
    readonly startTime: UnixSeconds | null;
    readonly endTime: UnixSeconds | null;
  },
): ItemNames {
  const { lsid, lseq, type: sessionType, externalKey, startTime, endTime } = record;
  return {
    site: site.name,
    host: site.host,
    lsid,
    instance: null,
    lseq,
    sessionType,
    externalKey,
    startTime,
    endTime,
  };
}
