import { toIso, type UnixSeconds } from '../platform/clock.ts';
import type { Image } from './image.ts';
import type { KindCounts, RunRecord } from './state.ts';

/** How much history is kept of each transfer: enough for a quarter, and for a chart. */
const kept = { runs: 1000, runSeconds: 90 * 86_400, days: 90 };

/** Adds a run to the transfer's history and to its day, and lets go of what is too old. */
export function recordRun(image: Image, transfer: number, run: RunRecord): void {
  image.run('INSERT INTO run (transfer, started_at, record) VALUES (?, ?, ?)', [
    transfer,
    run.startedAt,
    JSON.stringify(run),
  ]);
  updateTransfer(image, transfer, run);
  addToDay(image, transfer, run);
  forgetOldRuns(image, transfer, run.startedAt);
  forgetOldDays(image, transfer);
}

function updateTransfer(image: Image, transfer: number, run: RunRecord): void {
  const ended =
    run.status === 'ok'
      ? 'last_success = ?, failing_since = NULL'
      : 'failing_since = coalesce(failing_since, ?)';
  const when = run.status === 'ok' ? run.finishedAt : run.startedAt;
  image.run(`UPDATE transfer SET ${ended}, clock_difference = coalesce(?, clock_difference) WHERE id = ?`, [
    when,
    run.clockDifference,
    transfer,
  ]);
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

function forgetOldRuns(image: Image, transfer: number, now: UnixSeconds): void {
  image.run('DELETE FROM run WHERE transfer = ? AND started_at < ?', [transfer, now - kept.runSeconds]);
  image.run(
    `DELETE FROM run WHERE transfer = ? AND id <=
       (SELECT id FROM run WHERE transfer = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    [transfer, transfer, kept.runs],
  );
}

function forgetOldDays(image: Image, transfer: number): void {
  image.run(
    `DELETE FROM day WHERE transfer = ? AND day <=
       (SELECT day FROM day WHERE transfer = ? ORDER BY day DESC LIMIT 1 OFFSET ?)`,
    [transfer, transfer, kept.days],
  );
}
