import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** A Node process of its own that runs a source file. */
export interface Child {
  readonly pid: number;
  /** The lines that it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves with the next line that it prints; null at the end of its output. */
  nextLine(): Promise<string | null>;
  /** Writes a line to its standard input. */
  send(line: string): void;
  /** Ends its standard input. */
  finish(): void;
  /** `kill -9`. */
  kill(): void;
  /** Resolves once it has ended. */
  readonly ended: Promise<Ending>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Whether a process ended by a kill; on Windows one that kills itself leaves no more than a code. */
export function wasKilled({ code, signal }: Ending): boolean {
  return signal === 'SIGKILL' || (process.platform === 'win32' && signal === null && code === 1);
}

/** Starts `script`; what it writes to standard error goes to the test's. It does not outlive the test. */
export function startChild(
  t: TestContext,
  script: URL,
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child {
  const child = spawn(process.execPath, [fileURLToPath(script), ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  return watch(child);
}

function watch(child: ChildProcessByStdio<Writable, Readable, null>): Child {
  const lines: string[] = [];
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(line));
  // Writing to a process that was killed is no failure of the test.
  child.stdin.on('error', () => {});
  let read = 0;
  const closed = once(output, 'close');
  return {
    pid: child.pid ?? -1,
    lines,
    ended,
    nextLine: async () => {
      while (lines.length <= read) {
        const more = await Promise.race([once(output, 'line').then(() => true), closed.then(() => false)]);
        if (!more && lines.length <= read) return null;
      }
      return lines[read++] ?? null;
    },
    send: (line) => child.stdin.write(`${line}\n`),
    finish: () => child.stdin.end(),
    kill: () => child.kill('SIGKILL'),
  };
}
