import type { Kind } from './kinds.ts';

/** Where a run says how far it is, for a person who watches. Calls are cheap and may be many. */
export interface Progress {
  /** `text` says what is being done now: "sessions of 2026-11-21". */
  phase(transfer: string, text: string): void;
  /** Items of a kind that were dealt with since the last call. */
  items(transfer: string, kind: Kind, count: number): void;
  /** Files that this run will download, once that is known; bytes that have come since the last call. */
  expectFiles(transfer: string, files: number): void;
  bytes(transfer: string, count: number): void;
  fileDone(transfer: string): void;
  /** The transfer is finished. */
  done(transfer: string): void;
}

export const noProgress: Progress = {
  phase: () => {},
  items: () => {},
  expectFiles: () => {},
  bytes: () => {},
  fileDone: () => {},
  done: () => {},
};
