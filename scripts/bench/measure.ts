import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one run of a command took. */
export interface Run {
  readonly seconds: number;
  /** Largest resident memory, in bytes; 0 where the system does not tell. */
  readonly peak: number;
  readonly stdout: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly expected?: readonly number[];
  /** Called with the process's id now and then while it runs. */
  readonly look?: (pid: number) => void;
}

/** Runs a command to its end; rejects unless it exits with one of `expected`. */
export function run(command: string, parameters: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd, expected = [0], look } = options;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakOf(child.pid));
      if (child.pid !== undefined) look?.(child.pid);
    }, 50);
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk.subarray(0, 65_536)));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      const seconds = (performance.now() - began) / 1000;
      if (expected.includes(code ?? -1)) resolve({ seconds, peak, stdout: Buffer.concat(output).toString() });
      else
        reject(new Error(`${command} ${parameters.join(' ')} ended with ${code}: ${Buffer.concat(errors)}`));
    });
  });
}

/** Linux keeps the high-water mark itself, so that looking now and then misses nothing but the very end. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** Runs two commands in turn, so that a machine that slows down slows both; resolves with the medians. */
export async function compare(
  rounds: number,
  first: () => Promise<Run>,
  second: () => Promise<Run>,
): Promise<readonly [number, number]> {
  const times: [number[], number[]] = [[], []];
  await first();
  await second();
  for (let round = 0; round < rounds; round += 1) {
    times[0].push((await first()).seconds);
    times[1].push((await second()).seconds);
  }
  return [median(times[0]), median(times[1])];
}
