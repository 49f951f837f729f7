import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Uptime } from '../../src/platform/clock.ts';
import type { Ran } from './command-line.ts';

/** What a process is to do, and where it is to die. */
export interface Order {
  readonly directory: string;
  readonly parameters: readonly string[];
  /** As `Clock` has them. */
  readonly now: number;
  readonly uptime: Uptime;
  /** As `IC_KILL_POINT` has it. */
  readonly killPoint: string;
}

/** A process that runs command lines until it dies of one; then another takes its place. */
export class MortalProcess {
  #child: ChildProcess | null = null;
  #died: Promise<null> = Promise.resolve(null);

  /** Null: it was killed. */
  async run(order: Order): Promise<Ran | null> {
    const child = this.#child ?? this.#start();
    const answered = new AbortController();
    const answer = once(child, 'message', answered).then(([ran]) => ran as Ran);
    child.send(order);
    const ran = await Promise.race([answer, this.#died]);
    answer.catch(() => {});
    answered.abort();
    return ran;
  }

  end(): void {
    this.#child?.kill('SIGKILL');
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(new URL('./mortal-main.ts', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    this.#died = once(child, 'exit').then(() => {
      this.#child = null;
      return null;
    });
    return child;
  }
}
