import { clearLine, cursorTo, moveCursor } from 'node:readline';
import type { OutputStream } from '../commands/command.ts';
import { truncate } from './text.ts';

export interface LiveDisplay {
  /** Leaves the terminal as if nothing had been shown. */
  stop(): void;
}

/** A run that is over sooner shows nothing. */
const patienceMs = 400;

const repaintMs = 100;

const mostLines = 6;

/** Columns that the spinner and its blank take, and the last one, which stays free. */
const besides = 3;

/**
 * Shows the lines below everything that is written to standard error, and keeps them up to date. Whatever else is
 * written meanwhile, such as a line of the log, goes above them.
 */
export function showLive(stream: OutputStream, lines: (width: number) => readonly string[]): LiveDisplay {
  let spinner: { stop(): unknown } | null = null;
  let repaint: NodeJS.Timeout | null = null;
  let isStopped = false;
  const start = async () => {
    const { default: ora } = await import('ora');
    if (isStopped) return;
    const shown = ora({
      stream: asTerminal(stream),
      text: paint(lines, stream.columns - besides),
      color: stream.color ? 'cyan' : false,
      interval: repaintMs,
      isEnabled: true,
      // It would put the keyboard into raw mode, and Ctrl-C would reach nobody.
      discardStdin: false,
    });
    repaint = setInterval(() => {
      shown.text = paint(lines, stream.columns - besides);
    }, repaintMs);
    spinner = shown.start();
  };
  const timer = setTimeout(() => void start(), patienceMs);
  timer.unref();
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      if (repaint !== null) clearInterval(repaint);
      spinner?.stop();
      spinner = null;
    },
  };
}

/** The first line stands beside the spinner, the others below it. None is so long that the terminal would wrap it. */
function paint(linesOf: (width: number) => readonly string[], width: number): string {
  const lines = linesOf(width);
  const shown = lines.length > mostLines ? lines.slice(0, mostLines - 1) : lines;
  const rest = lines.length - shown.length;
  const all = rest > 0 ? [...shown, `and ${rest} more`] : shown;
  return all.map((line) => truncate(line, width)).join('\n  ');
}

/** What ora asks of a terminal, by way of the one stream that everything is written to. */
function asTerminal(stream: OutputStream): NodeJS.WriteStream {
  const terminal = {
    isTTY: true,
    get columns() {
      return stream.columns;
    },
    write: (text: string) => {
      stream.control(text);
      return true;
    },
    cursorTo: (column: number) => cursorTo(terminal, column),
    moveCursor: (columns: number, rows: number) => moveCursor(terminal, columns, rows),
    clearLine: (direction: -1 | 0 | 1) => clearLine(terminal, direction),
  } as unknown as NodeJS.WriteStream;
  return terminal;
}
