import type { Kind } from '../../src/platform/kinds.ts';
import type { OwedItem, RunRecord, StateChange } from '../../src/state/state.ts';

/** 2026-11-22T10:00:00Z. */
export const time = 1_795_341_600;

export const begin = (transfer: string, site = 'hq', destination = 'archive'): StateChange => ({
  type: 'begin',
  transfer,
  site,
  destination,
});

export const repoint = (transfer: string, site: string, destination: string): StateChange => ({
  type: 'repoint',
  transfer,
  site,
  destination,
});

export const session = (lsid: string) => ({ kind: 'sessions', lsid, instance: 0 }) as const;

/** A content hash as the ledger gets it: 64 hex digits. */
export const hashOf = (digit: string) => digit.repeat(64);

export const delivered = (transfer: string, lsid: string, hash = hashOf('a'), at = time): StateChange => ({
  type: 'delivered',
  transfer,
  item: session(lsid),
  hash,
  time: at,
  bytes: 10,
  counts: true,
});

export const watermark = (transfer: string, at: number, kind: Kind = 'sessions'): StateChange => ({
  type: 'watermark',
  transfer,
  kind,
  watermark: at,
});

export function runRecord(overrides: Partial<RunRecord> = {}): RunRecord {
  return {
    id: 'run',
    startedAt: time,
    finishedAt: time + 5,
    status: 'ok',
    exitCode: 0,
    error: null,
    warnings: [],
    kinds: {
      sessions: { seen: 4, delivered: 3, unchanged: 1, skipped: 0, failed: 0, owed: 2, bytes: 100 },
    },
    retries: 0,
    clockDifference: 0.5,
    ...overrides,
  };
}

export const run = (transfer: string, overrides: Partial<RunRecord> = {}): StateChange => ({
  type: 'run',
  transfer,
  run: runRecord(overrides),
});

export const owedItem = (overrides: Partial<OwedItem> = {}): OwedItem => ({
  kind: 'session-recordings',
  lsid: 'a',
  instance: 0,
  since: time,
  attempts: 1,
  nextTry: time + 300,
  status: 'not-ready',
  reason: 'The recording is being made.',
  names: { lseq: '7', sessionType: 'support', externalKey: null, startTime: time, endTime: time + 60 },
  ...overrides,
});
