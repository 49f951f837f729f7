import type { Kind } from './kinds.ts';

/** Where a run says how far it is, for a person who watches. Calls are cheap and may be many. */
export interface Progress {
  /** `text` says what is being done now: "sessions of 2026-11-21". */
  phase(transfer: string, text: string): void;
  /** Items of a kind that were dealt with since the last call. */
  items(transfer: string, kind: Kind, count: number): void;
  /** Files that this run will download, once that is known. */
  expectFiles(transfer: string, files: number): void;
  /** The download of one of them begins. */
  beginFile(transfer: string): FileProgress;
  /** The transfer is finished. */
  done(transfer: string): void;
}

/** How far a download is. */
export interface FileProgress {
  /** How many bytes it will have, where that is said beforehand. */
  announce(bytes: number): void;
  /** Bytes that have come since the last call. */
  bytes(count: number): void;
  /** It has come, or failed. */
  done(): void;
}

export const noProgress: Progress = {
  phase: () => {},
  items: () => {},
  expectFiles: () => {},
  beginFile: () => ({ announce: () => {}, bytes: () => {}, done: () => {} }),
  done: () => {},
};
