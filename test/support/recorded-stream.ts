import type { OutputStream } from '../../src/commands/command.ts';

export interface RecordedStream extends OutputStream {
  /** Everything that was written. */
  readonly text: string;
  /** What was written, line by line. */
  readonly lines: readonly string[];
}

/** A stream that keeps what is written to it. */
export function recordedStream(kind: Partial<Omit<OutputStream, 'write' | 'control'>> = {}): RecordedStream {
  const isTerminal = kind.isTerminal ?? false;
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  return {
    isTerminal,
    columns: isTerminal ? 80 : Number.POSITIVE_INFINITY,
    color: false,
    ...kind,
    get text() {
      return text;
    },
    get lines() {
      return text.split('\n').slice(0, -1);
    },
    write,
    control: write,
  };
}
