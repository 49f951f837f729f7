import type { TransferResult } from '../../src/pull/result.ts';
import type { KindCounts, KindState, OwedItem, RunRecord, TransferState } from '../../src/state/state.ts';

/** 2026-11-22T10:00:00Z. */
export const sampleNow = Date.UTC(2026, 10, 22, 10) / 1000;

export function counts(some: Partial<KindCounts> = {}): KindCounts {
  return { seen: 0, delivered: 0, unchanged: 0, skipped: 0, failed: 0, owed: 0, bytes: 0, ...some };
}

/** A run that went well, but for what is said otherwise. */
export function resultOf(some: Partial<TransferResult> = {}): TransferResult {
  return {
    name: 'hq-to-archive',
    site: 'hq',
    destination: 'archive',
    status: 'ok',
    exitCode: 0,
    window: null,
    watermark: null,
    clockDifference: null,
    kinds: { sessions: counts({ seen: 2, delivered: 2, bytes: 100 }) },
    open: 0,
    retries: 0,
    error: null,
    warnings: [],
    heads: [],
    ...some,
  };
}

export function runOf(some: Partial<RunRecord> = {}): RunRecord {
  return {
    id: '5f0c2a91',
    startedAt: sampleNow - 60,
    finishedAt: sampleNow - 30,
    status: 'ok',
    exitCode: 0,
    error: null,
    warnings: [],
    kinds: {},
    retries: 0,
    clockDifference: null,
    ...some,
  };
}

export function stateOf(some: Partial<TransferState> = {}): TransferState {
  return {
    name: 'hq-to-archive',
    site: 'hq',
    destination: 'archive',
    host: null,
    recordedAs: { transfer: 'hq-to-archive', site: 'hq' },
    lastRun: runOf(),
    lastSuccess: sampleNow - 30,
    failingSince: null,
    notifiedAt: new Map(),
    clockDifference: null,
    kinds: new Map(),
    ...some,
  };
}

export function kindState(some: Partial<KindState> = {}): KindState {
  return {
    since: null,
    watermark: null,
    reached: null,
    sweptAt: null,
    sweepPosition: null,
    delivered: 0,
    bytes: 0,
    owed: 0,
    unobtainable: 0,
    open: 0,
    place: null,
    leftOut: false,
    ...some,
  };
}

export function owedItem(some: Partial<OwedItem> = {}): OwedItem {
  const names = { lseq: null, sessionType: null, externalKey: null, startTime: null, endTime: null };
  return {
    kind: 'session-recordings',
    lsid: 'abc',
    instance: 0,
    since: sampleNow - 7200,
    attempts: 3,
    nextTry: sampleNow,
    status: 'failed',
    reason: 'status 500',
    names,
    ...some,
  };
}
