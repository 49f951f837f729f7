import type { Transfer } from '../config/configuration.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import { writeOutputFile } from '../platform/output-file.ts';
import { readRegularFile } from '../platform/trusted-file.ts';
import type { TransferResult } from '../pull/result.ts';
import { labelsOf, labelText, renderMetrics } from './metrics.ts';

/** A run that the state knows nothing of. */
export interface UnrecordedRun {
  readonly startedAt: UnixSeconds;
  readonly results: readonly TransferResult[];
}

/**
 * Replaces the textfile when the state cannot be read: what it said stays, but for the time and the exit code of the run,
 * so that whoever watches them hears of it. Throws an `io` error.
 */
export async function amendMetrics(
  path: string,
  transfers: readonly Transfer[],
  run: UnrecordedRun,
): Promise<void> {
  const samples = samplesIn(await textOf(path));
  for (const result of run.results) {
    const transfer = transfers.find(({ name }) => name === result.name);
    if (transfer !== undefined) amend(samples, transfer, result, run.startedAt);
  }
  const measured = transfers.map((transfer) => ({ transfer, result: null, known: null, locked: null }));
  const text = renderMetrics(measured, (name, labels) => samples.get(`${name}{${labels}}`) ?? null);
  await writeOutputFile(path, Buffer.from(text), 0o644);
}

function amend(
  samples: Map<string, number>,
  transfer: Transfer,
  { exitCode }: TransferResult,
  startedAt: UnixSeconds,
): void {
  const key = (name: string) => `ic_transfer_${name}{${labelText(labelsOf({ transfer }))}}`;
  samples.set(key('last_run_timestamp_seconds'), startedAt);
  samples.set(key('last_run_exit_code'), exitCode);
  samples.set(key('last_run_duration_seconds'), 0);
  samples.set(key('last_run_retries'), 0);
  const failingSince = key('failing_since_timestamp_seconds');
  if (exitCode !== 0) samples.set(failingSince, samples.get(failingSince) || startedAt);
}

/** Whoever reads a pipe waits for somebody to write; a file that cannot be read says nothing. */
async function textOf(path: string): Promise<string> {
  try {
    return (await readRegularFile(path)).toString();
  } catch {
    return '';
  }
}

/** By name and labels, as they stand in the line. */
function samplesIn(text: string): Map<string, number> {
  const lines = Array.from(
    text.matchAll(/^(\w+\{.*\}) (\S+)$/gm),
    ([, key = '', value]) => [key, Number(value)] as const,
  );
  return new Map(lines.filter(([, value]) => Number.isFinite(value)));
}
