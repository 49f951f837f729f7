import type { IcError } from '../platform/errors.ts';
import { type Colors, colorsOf } from '../terminal/colors.ts';
import { type LogEntry, toJson, toTextLine } from '../terminal/log-line.ts';
import { printable, printableJson } from '../terminal/text.ts';
import type { CommandContext, OutputStream } from './command.ts';

/** A line of the log file as it stands there, and what it says; null when it is none of the log's own. */
export interface LogLine {
  readonly text: string;
  readonly entry: LogEntry | null;
}

export interface LogView {
  show(lines: readonly LogLine[]): void;
  end(exitCode: number, error: IcError | null): void;
}

/** Lines for people; with `--json` one document, or, as following has no end, a document per line. */
export async function createLogView({ common, io }: CommandContext, follow: boolean): Promise<LogView> {
  const { output } = io;
  if (common.json && !follow) return jsonDocument(output);
  const colors = await colorsOf(output);
  const render = common.json ? jsonLine : (line: LogLine) => textLine(line, colors);
  return {
    show: (lines) => output.write(lines.map((line) => `${render(line)}\n`).join('')),
    end: () => {},
  };
}

function jsonDocument(output: OutputStream): LogView {
  let before = '{"command":"log","entries":[\n';
  return {
    show: (lines) => {
      output.write(before + lines.map(jsonLine).join(',\n'));
      before = ',\n';
    },
    end: (exitCode, error) => {
      const opening = before === ',\n' ? '' : before;
      output.write(
        `${opening}\n],"exit_code":${exitCode},"error":${JSON.stringify(error?.toSummary() ?? null)}}\n`,
      );
    },
  };
}

function jsonLine({ text, entry }: LogLine): string {
  return printableJson(
    entry === null ? { time: null, level: null, run: null, message: text } : toJson(entry),
  );
}

function textLine({ text, entry }: LogLine, colors: Colors): string {
  if (entry === null) return printable(text);
  const line = toTextLine(entry);
  if (entry.level === 'error') return colors.red(line);
  if (entry.level === 'warn') return colors.yellow(line);
  return entry.level === 'debug' ? colors.dim(line) : line;
}
