import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { runProgram, systemProgram } from '../../platform/run-program.ts';
import { Fault } from './fault.ts';
import type { Invocation } from './resolve-command.ts';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long a program may take to obey SIGTERM; `ic` itself has ten seconds to end. */
const patienceMs = 3_000;

/**
 * A running program with everything that it starts: on Linux and macOS a process group of its own, which a Ctrl-C at
 * the terminal does not reach; on Windows a tree. None of it outlives this process, or the program itself.
 */
export class Child {
  readonly streams: Pick<ChildProcessWithoutNullStreams, 'stdin' | 'stdout' | 'stderr'>;
  /** Settles when it has ended and all that it wrote has been read. */
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcessWithoutNullStreams;
  #hasEnded = false;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.streams = child;
    this.#process = child;
    running.add(this);
    child.once('exit', () => this.#leaveNobody());
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#hasEnded = true;
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  /** Throws `Fault` when the system cannot start it. */
  static async start(invocation: Invocation, cwd: string, env: NodeJS.ProcessEnv): Promise<Child> {
    const { file, parameters, verbatim } = invocation;
    const child = spawn(file, parameters, {
      cwd,
      env,
      stdio: 'pipe',
      windowsHide: true,
      windowsVerbatimArguments: verbatim,
      detached: process.platform !== 'win32',
    });
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw new Fault(
        `cannot be started: ${error instanceof Error ? error.message : error}`,
        'Check command: the program must be there, and be one that this user may run.',
        'configuration',
      );
    }
    return new Child(child);
  }

  /** Resolves with whether it ended in time. */
  async endsWithin(ms: number): Promise<boolean> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, ms);
    await Promise.race([this.ended, timeout.promise]);
    clearTimeout(timer);
    return this.#hasEnded;
  }

  /** Asks it to end, and makes it. Resolves when nothing of it is left. */
  async terminate(): Promise<void> {
    if (this.#hasEnded) return;
    // Windows has no signal to ask with, but every program can see the end of its input.
    this.streams.stdin.destroy();
    this.#signal('SIGTERM');
    if (await this.endsWithin(patienceMs)) return;
    await this.#kill();
    this.#letGo();
    await this.ended;
  }

  async #kill(): Promise<void> {
    this.#signal('SIGKILL');
    if (process.platform !== 'win32') return;
    await runProgram(systemProgram('taskkill'), this.#taskkill, '').catch(() => {});
    // What taskkill could not do, or was refused, shall not keep anybody waiting for ever.
    this.#process.kill();
  }

  /** For the moment in which this process ends: nothing can be waited for. */
  killNow(): void {
    this.#signal('SIGKILL');
    if (process.platform !== 'win32') return;
    spawnSync(systemProgram('taskkill'), this.#taskkill, { windowsHide: true });
    this.#process.kill();
  }

  get #taskkill(): string[] {
    return ['/pid', String(this.#process.pid), '/T', '/F'];
  }

  #signal(signal: NodeJS.Signals): void {
    if (process.platform === 'win32') return;
    try {
      process.kill(-(this.#process.pid as number), signal);
    } catch {
      // Nobody is left.
    }
  }

  /** What the program started and left behind would keep its pipes open. */
  #leaveNobody(): void {
    this.#signal('SIGKILL');
    setTimeout(() => this.#letGo(), patienceMs).unref();
  }

  /** What escaped with an inherited pipe shall not hold this process up. */
  #letGo(): void {
    this.streams.stdout.destroy();
    this.streams.stderr.destroy();
  }
}

/** A run that is ended where it stands, such as by a second Ctrl-C, takes its plugins with it. */
const running = new Set<Child>();
process.on('exit', () => {
  for (const child of running) child.killNow();
});
