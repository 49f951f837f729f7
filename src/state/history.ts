import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { toIso, type UnixSeconds } from '../platform/clock.ts';
import type { Image } from './image.ts';
import type { KindCounts, RunRecord } from './state.ts';

/** How much history is kept of each transfer: its last runs, its last failures among older ones, and a quarter of days. */
const kept = { runs: 50, failures: 20, runSeconds: 90 * 86_400, days: 90 };

/** Adds a run to the transfer's history and to its day, and lets go of what is too old. */
export function recordRun(image: Image, transfer: number, run: RunRecord): void {
  image.run(
    'INSERT INTO history (transfer, runs) VALUES (?, ?) ON CONFLICT DO UPDATE SET runs = excluded.runs',
    [transfer, pack(stillKept([run, ...readHistory(image, transfer)], run.startedAt))],
  );
  updateTransfer(image, transfer, run);
  addToDay(image, transfer, run);
  forgetOldDays(image, transfer);
}

/** The runs of a transfer that are kept, newest first. */
export function readHistory(image: Image, transfer: number): readonly RunRecord[] {
  const row = image.get('SELECT runs FROM history WHERE transfer = ?', [transfer]);
  if (row === null) return [];
  return (JSON.parse(unpack(row.runs)) as unknown[]).map(toRunRecord);
}

/** Runs that earlier versions recorded have no warnings. */
const withoutWarnings = { warnings: [] };

/** A run as it was recorded by this version or an earlier one. */
export function toRunRecord(recorded: unknown): RunRecord {
  return { ...withoutWarnings, ...(recorded as RunRecord) };
}

/** Packed, fifty runs that found nothing new take as much room as one; this is written with each commit. */
function pack(runs: readonly RunRecord[]): Uint8Array {
  return deflateRawSync(JSON.stringify(runs));
}

/** Text: what a migration made of the rows of an earlier version. */
function unpack(stored: unknown): string {
  return stored instanceof Uint8Array ? inflateRawSync(stored).toString('utf8') : String(stored);
}

function stillKept(runs: readonly RunRecord[], now: UnixSeconds): readonly RunRecord[] {
  const young = runs.filter(({ startedAt }) => startedAt >= now - kept.runSeconds);
  const failures = new Set(young.filter(({ status }) => status !== 'ok').slice(0, kept.failures));
  return young.filter((run, index) => index < kept.runs || failures.has(run));
}

function updateTransfer(image: Image, transfer: number, run: RunRecord): void {
  const ended =
    run.status === 'ok'
      ? 'last_success = ?, failing_since = NULL'
      : 'failing_since = coalesce(failing_since, ?)';
  const when = run.status === 'ok' ? run.finishedAt : run.startedAt;
  image.run(
    `UPDATE transfer SET ${ended}, clock_difference = coalesce(?, clock_difference), last_run = ?,
       last_whole_run = coalesce(?, last_whole_run) WHERE id = ?`,
    [when, run.clockDifference, JSON.stringify(run), run.error === null ? run.finishedAt : null, transfer],
  );
}

function addToDay(image: Image, transfer: number, run: RunRecord): void {
  const counts = Object.values(run.kinds);
  image.run(
    `INSERT INTO day (transfer, day, runs, failures, delivered, bytes, owed, seconds)
     VALUES (?, ?, 1, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET runs = runs + 1, failures = failures + excluded.failures,
       delivered = delivered + excluded.delivered, bytes = bytes + excluded.bytes, owed = excluded.owed,
       seconds = seconds + excluded.seconds`,
    [
      transfer,
      dayOf(run.finishedAt),
      run.status === 'ok' ? 0 : 1,
      sum(counts, 'delivered'),
      sum(counts, 'bytes'),
      sum(counts, 'owed'),
      Math.max(0, run.finishedAt - run.startedAt),
    ],
  );
}

function dayOf(time: UnixSeconds): string {
  return toIso(time).slice(0, 10);
}

function sum(counts: readonly KindCounts[], key: keyof KindCounts): number {
  return counts.reduce((total, count) => total + count[key], 0);
}

function forgetOldDays(image: Image, transfer: number): void {
  image.run(
    `DELETE FROM day WHERE transfer = ? AND day <=
       (SELECT day FROM day WHERE transfer = ? ORDER BY day DESC LIMIT 1 OFFSET ?)`,
    [transfer, transfer, kept.days],
  );
}
