import type { Configuration } from '../config/configuration.ts';
import { IcError, toIcError } from '../platform/errors.ts';
import { Interruption } from '../platform/interruption.ts';
import { parseLogLine } from '../terminal/log-line.ts';
import { readLog } from '../terminal/log-reader.ts';
import type { CommandBody, CommandContext } from './command.ts';
import { loadConfiguration } from './load-configuration.ts';
import { type LogRequest, readLogRequest } from './log-request.ts';
import { createLogView, type LogLine, type LogView } from './log-view.ts';
import { chosen } from './names.ts';
import { printError } from './print-error.ts';

/** `ic log`: shows what earlier runs wrote, and with `--follow` what others are writing. */
export const logBody: CommandBody = async (arguments_, context) => {
  const request = readLogRequest(arguments_, context.clock.now());
  const configuration = await loadConfiguration(context);
  const path = logFileOf(configuration);
  const view = await createLogView(context, request.follow);
  try {
    const shown = await showLines(path, request, context, view);
    if (shown === 0) explainNothing(path, request, configuration, context);
    view.end(0, null);
    return 0;
  } catch (thrown) {
    // Whoever follows the log ends it in no other way: that is nothing to tell of.
    if (thrown instanceof Interruption && request.follow) return thrown.exitCode;
    if (thrown instanceof Interruption || !context.common.json) throw thrown;
    const error = toIcError(thrown);
    view.end(error.exitCode, error);
    printError(context.io, error);
    return error.exitCode;
  }
};

function logFileOf({ log, file }: Configuration): string {
  if (log.file !== null) return log.file;
  throw new IcError('configuration', `${file} says that there is no log file.`, {
    hint: 'Give [log] a file, such as file = ic.log, or look where standard error of the runs goes.',
  });
}

/** Resolves with how many lines were shown. */
async function showLines(
  path: string,
  request: LogRequest,
  context: CommandContext,
  view: LogView,
): Promise<number> {
  const { clock, signal, io } = context;
  const backlog = request.lines === null ? null : new LastLines(request.lines);
  let isBacklog = backlog !== null;
  let shown = 0;
  const show = async (lines: readonly LogLine[]) => {
    if (lines.length === 0) return;
    view.show(lines);
    shown += lines.length;
    // A log may be larger than memory, and a pipe slower than a disk.
    await io.flush();
  };
  for await (const { lines, caughtUp } of readLog(path, { ...request, clock, signal })) {
    const wanted = lines.map(toLine).filter(({ text, entry }) => text !== '' && request.wants(entry));
    if (isBacklog) backlog?.push(wanted);
    else await show(wanted);
    if (caughtUp && isBacklog) await show(backlog?.lines ?? []);
    if (caughtUp) isBacklog = false;
    if (io.output.isClosed) break;
  }
  return shown;
}

function toLine(text: string): LogLine {
  return { text, entry: parseLogLine(text) };
}

/** Keeps the last lines of many. */
class LastLines {
  readonly #most: number;
  lines: readonly LogLine[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  push(lines: readonly LogLine[]): void {
    if (this.#most > 0) this.lines = [...this.lines, ...lines].slice(-this.#most);
  }
}

/** A transfer that nobody ever heard of is more likely mistyped than quiet; one that was removed still has lines. */
function explainNothing(
  path: string,
  { transfer }: LogRequest,
  { transfers }: Configuration,
  { common, io }: CommandContext,
): void {
  if (transfer !== null) chosen(transfers, [transfer], 'transfer');
  if (!common.quiet && !common.json) io.error.write(`ic: ${path} has no such line.\n`);
}
