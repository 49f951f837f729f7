import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
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
export function runProgram(
  command: string,
  parameters: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  return startProgram(command, parameters, options).ended;
}

/** A program that is under way. */
export interface Started {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves once it has said so on standard error; rejects when it ends without. */
  said(what: string): Promise<void>;
}

/** Starts the built executable. */
export function startIc(parameters: readonly string[], options: ProgramOptions = {}): Started {
  return startProgram(executablePath, parameters, options);
}

function startProgram(command: string, parameters: readonly string[], options: ProgramOptions): Started {
  const child = spawn(command, parameters, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // A test file's own process carries a mark that would keep a test runner started from it from running.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...options.env },
    stdio: 'pipe',
  });
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  return {
    ended: endOf(child),
    kill: (signal) => child.kill(signal),
    said: (what) => hear(child.stderr, what),
  };
}

async function endOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, stdout, stderr };
}

function hear(stream: Readable, what: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let heard = '';
  stream.on('data', (chunk) => {
    heard += String(chunk);
    if (heard.includes(what)) resolve();
  });
  stream.on('end', () => reject(new Error(`It did not say "${what}", but: ${heard}`)));
  return promise;
}
