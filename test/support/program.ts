import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { executablePath } from '../../scripts/executable.ts';

/** How a program ended, and all that it printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** All of its standard input; without it, there is none. */
  readonly input?: string | Buffer;
}

/** Runs the built executable to its end. */
export function runIc(parameters: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  return runProgram(executablePath, parameters, options);
}

/** Runs a program to its end; a program that cannot be started rejects. */
export async function runProgram(
  command: string,
  parameters: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  const child = spawn(command, parameters, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // A test file's own process carries a mark that would keep a test runner started from it from running.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...options.env },
    stdio: 'pipe',
  });
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, stdout, stderr };
}
