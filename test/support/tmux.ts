import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export const hasTmux = process.platform !== 'win32' && spawnSync('tmux', ['-V']).status === 0;

/** A real terminal, 80 columns wide, in which a program runs. */
export interface TmuxTerminal {
  /** What is on the screen and above it, without empty lines. */
  screen(): Promise<readonly string[]>;
  /** Types a line. */
  type(line: string): Promise<void>;
  /** Resolves with the screen once it fits; a screen that never does is left to the test's time limit. */
  until(fits: (screen: readonly string[]) => boolean): Promise<readonly string[]>;
}

const pollMs = 50;

/** The terminal stays when the program has ended, and goes with the test. */
export async function startInTmux(t: TestContext, command: readonly string[]): Promise<TmuxTerminal> {
  const server = `ic-test-${randomUUID()}`;
  const tmux = async (...parameters: readonly string[]) =>
    (await promisify(execFile)('tmux', ['-L', server, '-f', '/dev/null', ...parameters])).stdout;
  const keep = ['set-option', '-g', 'remain-on-exit', 'on', ';', 'set-option', '-g', 'history-limit', '1000'];
  await tmux('start-server', ';', ...keep, ';', 'new-session', '-d', '-x', '80', '-y', '24', ...command);
  t.after(() => tmux('kill-server'));
  const screen = async () =>
    (await tmux('capture-pane', '-p', '-S', '-')).split('\n').filter((line) => line.trim() !== '');
  return {
    screen,
    type: async (line) => {
      await tmux('send-keys', '-l', line);
      await tmux('send-keys', 'Enter');
    },
    until: async (fits) => {
      for (;;) {
        const lines = await screen();
        if (fits(lines)) return lines;
        await delay(pollMs, undefined, { signal: t.signal });
      }
    },
  };
}
