import { isatty } from 'node:tty';
import type { OutputStream, Terminal } from '../commands/command.ts';
import { gated } from './text.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** This process's streams, each touched only when it is used: making one of them takes a while. */
export function processTerminal(environment: Environment, argv: readonly string[]): Terminal {
  const output = outputStream(1, () => process.stdout, environment, argv);
  const error = outputStream(2, () => process.stderr, environment, argv);
  return {
    get input() {
      return process.stdin;
    },
    output,
    error,
    interactive: isatty(0) && isatty(2),
    flush: async () => {
      await Promise.all([output.flush(), error.flush()]);
    },
  };
}

interface FlushableStream extends OutputStream {
  flush(): Promise<void>;
}

function outputStream(
  descriptor: number,
  stream: () => NodeJS.WriteStream,
  environment: Environment,
  argv: readonly string[],
): FlushableStream {
  const isTerminal = isatty(descriptor) && environment.TERM !== 'dumb';
  const color = hasColor(isTerminal, environment, argv);
  let opened: NodeJS.WriteStream | null = null;
  let isClosed = false;
  const onError = (error: NodeJS.ErrnoException) => {
    // Whoever reads may stop when it has seen enough: `ic log | head`.
    if (!isClosed && !isReaderGone(error)) sayUnwritable(descriptor, error);
    isClosed = true;
  };
  const open = () => {
    opened ??= stream().on('error', onError);
    return opened;
  };
  return {
    isTerminal,
    color,
    // What is collected is not cut to a width that nobody looks at.
    get columns() {
      return isTerminal ? open().columns || 80 : Number.POSITIVE_INFINITY;
    },
    get isClosed() {
      return isClosed;
    },
    write: (text) => {
      if (!isClosed) open().write(gated(text, color));
    },
    control: (text) => {
      if (!isClosed) open().write(text);
    },
    flush: () =>
      opened === null || isClosed
        ? Promise.resolve()
        : new Promise((resolve) => opened?.write('', () => resolve())),
  };
}

function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EOF' || code === 'ERR_STREAM_DESTROYED';
}

/** A result that did not get to where it was to go is a failure, whatever the command itself came to. */
function sayUnwritable(descriptor: number, error: Error): void {
  process.once('exit', () => {
    if (!process.exitCode) process.exitCode = 74;
  });
  if (descriptor === 1) process.stderr.write(`ic: Standard output cannot be written: ${error.message}\n`);
}

/** The command line before the environment, and both before what the stream is. */
function hasColor(isTerminal: boolean, environment: Environment, argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const [off, on] = [flags.lastIndexOf('--no-color'), flags.lastIndexOf('--color')];
  if (off !== on) return on > off;
  if (environment.NO_COLOR) return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal;
}
