import type { UnixSeconds } from '../platform/clock.ts';
import type { RecordingKind } from '../platform/kinds.ts';

/** A site's appliance as a pull sees it. One object per site and process: token, pace and bandwidth are shared. */
export interface Appliance {
  /**
   * The appliance's present time by its own clock, in whole seconds, never later than it really is there. The first
   * call may ask the appliance; this machine's wall clock plays no part.
   */
  now(signal: AbortSignal): Promise<UnixSeconds>;

  /** The earliest present time that the Date of any answer so far amounts to; null: none had one. */
  earliestDate(): UnixSeconds | null;

  /** The present time by the command API, asked for once; null: the account may not use it, or it tells no time. */
  timestamp(signal: AbortSignal): Promise<UnixSeconds | null>;

  /** The appliance's clock less this machine's, in seconds; null before the first answer. */
  clockDifference(): number | null;

  /** How many requests had to be repeated so far. */
  retries(): number;

  /**
   * Asks for a report. Resolves when the answer has begun and looks like XML; repeats the request by itself until
   * then. Throws `IcError`: `unreachable`, `refused`, `not-understood`. Reading the bytes may throw `unreachable`: the
   * body was cut off.
   */
  openReport(query: ReportQuery, signal: AbortSignal): Promise<Report>;

  /** What an `<error>` in a report means; `other` is a failure. */
  classify(errorText: string): ErrorMeaning;

  /** Throws `RecordingExpired`, `RecordingNotReady` or `IcError`. The file is complete, checked and synced. */
  downloadRecording(wanted: WantedRecording, file: string, options: DownloadOptions): Promise<DownloadedFile>;

  /** As `downloadRecording`. One at a time per site is the caller's duty. */
  downloadBackup(file: string, options: DownloadOptions): Promise<DownloadedFile>;

  close(): Promise<void>;
}

export type ReportType = 'SupportSession' | 'PresentationSession' | 'SupportSessionListing';

/** Instants in UNIX seconds, `duration` in seconds; 0 would mean "to the present". */
export type ReportQuery = { readonly report: ReportType } & (
  | { readonly endTime: UnixSeconds; readonly duration: number }
  | { readonly startTime: UnixSeconds; readonly duration: number }
  /** At most 50. */
  | { readonly lsids: readonly string[] }
);

export interface Report {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The appliance's time when the request began: a lower bound. */
  readonly requestedAt: UnixSeconds;
}

export type ErrorMeaning = 'empty' | 'refused' | 'expired' | 'other';

export interface WantedRecording {
  readonly kind: RecordingKind;
  readonly lsid: string;
  readonly instance: number;
  /** What the destination's configuration asks for; null: whatever the appliance gives. */
  readonly format: string | null;
  /** The link in the report, tried second. */
  readonly url: string | null;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Called with the length of the file where that is announced, each time that a download of it begins. */
  readonly onLength?: (bytes: number) => void;
  /** Called with how many bytes have come since the last call. */
  readonly onBytes: (count: number) => void;
}

export interface DownloadedFile {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Without the period. Chosen by what the file holds, or harmless. */
  readonly extension: string;
  /** By what the file holds: `video/mp4`; `application/octet-stream` where that tells nothing. */
  readonly mediaType: string;
}
