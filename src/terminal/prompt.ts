import { Writable } from 'node:stream';
import type { Terminal } from '../commands/command.ts';
import { Interruption } from '../platform/interruption.ts';

/** Asks a person at the terminal. Questions and what is typed go to standard error, the result being elsewhere. */
export interface Prompt {
  /** What was typed, without outer blanks. */
  ask(question: string): Promise<string>;
  /** The same without showing it; blanks are part of it. */
  askSecret(question: string): Promise<string>;
  /** Gives the terminal back; must be called, or the process stays. */
  close(): void;
}

/**
 * Lines typed ahead are kept for the next questions, as they are when somebody pastes several. Ctrl-C does what SIGINT
 * does; the end of the input counts as the same. A pending question then rejects with an `Interruption`.
 */
export async function openPrompt({ input, error }: Terminal, signal: AbortSignal): Promise<Prompt> {
  const { createInterface } = await import('node:readline');
  const echo = new Echo((text) => error.control(text));
  // Without a history, nobody can bring back a secret with the arrow keys.
  const lines = createInterface({ input, output: echo, terminal: true, historySize: 0 });
  const typed: string[] = [];
  let waiting: ((line: string | null) => void) | null = null;
  let ended = false;
  const hand = (line: string | null): void => {
    waiting?.(line);
    waiting = null;
  };
  lines.on('line', (line) => (waiting === null ? typed.push(line) : hand(line)));
  lines.on('SIGINT', () => process.emit('SIGINT', 'SIGINT'));
  lines.on('close', () => {
    ended = true;
    hand(null);
  });
  const onAbort = (): void => lines.close();
  signal.addEventListener('abort', onAbort);
  const nextLine = async (question: string): Promise<string> => {
    signal.throwIfAborted();
    lines.setPrompt(question);
    lines.prompt();
    const line =
      typed.shift() ?? (ended ? null : await new Promise<string | null>((done) => (waiting = done)));
    signal.throwIfAborted();
    if (line === null) throw new Interruption('SIGINT');
    return line;
  };
  return {
    ask: async (question) => (await nextLine(question)).trim(),
    askSecret: async (question) => {
      echo.show(question);
      echo.muted = true;
      try {
        return await nextLine('');
      } finally {
        echo.muted = false;
        echo.show('\n');
      }
    },
    close: () => {
      signal.removeEventListener('abort', onAbort);
      lines.close();
    },
  };
}

/** Where readline writes what is typed, unless it must not be seen. */
class Echo extends Writable {
  muted = false;
  readonly show: (text: string) => void;

  constructor(show: (text: string) => void) {
    super({ decodeStrings: false });
    this.show = show;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.muted) this.show(String(chunk));
    done();
  }
}
