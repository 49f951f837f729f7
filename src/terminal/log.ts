import type { OutputStream } from '../commands/command.ts';
import type { LogConfig, LogLevel } from '../config/configuration.ts';
import type { Clock } from '../platform/clock.ts';
import type { LogFields, Logger } from '../platform/logger.ts';
import { redact } from '../platform/redact.ts';
import { type Colors, colorsOf } from './colors.ts';
import { LogFile, unwritableLog } from './log-file.ts';
import { isWithin, type LogEntry, toJsonLine, toTextLine } from './log-line.ts';
import { printable } from './text.ts';

export interface LogOptions {
  /** Null: no file. */
  readonly config: LogConfig | null;
  readonly error: OutputStream;
  /** 0: warnings and errors on standard error; 1: what is done, too; 2: everything. */
  readonly verbosity: number;
  /** Only errors on standard error, and that the log cannot be written. */
  readonly quiet: boolean;
  readonly clock: Clock;
  readonly runId: string | null;
  /** What is removed from every line, wherever it goes. */
  readonly secrets: readonly string[];
}

export interface Log {
  readonly logger: Logger;
  /** Into the file alone: whoever is at standard error is told in another way. */
  note(level: LogLevel, message: string): void;
  /** Resolves when every line is in the file. */
  close(): Promise<void>;
  /** The last lines of this run, as they are in the file's text format, for a ping. */
  tail(lines: number): string;
}

const mostRemembered = 200;

/** Opens the log of one run. The file is opened when its first line comes, and never fails the run. */
export async function openLog(options: LogOptions): Promise<Log> {
  const { config, error, clock, runId, secrets } = options;
  const say = personLines(options, await colorsOf(error));
  const file = config?.file ? openFile(config, config.file, options, say) : null;
  const fileLevel = config?.level ?? 'info';
  const remembered: LogEntry[] = [];
  const entryOf = (level: LogLevel, message: string, fields: LogFields) =>
    clean({ time: clock.now(), level, run: runId, fields, message }, secrets);
  const keep = (entry: LogEntry) => {
    if (!isWithin(entry.level, fileLevel)) return;
    file?.append(config?.format === 'json' ? toJsonLine(entry) : toTextLine(entry));
    remembered.push(entry);
    if (remembered.length > mostRemembered) remembered.shift();
  };
  const record = (level: LogLevel, message: string, fields: LogFields) => {
    if (!isWithin(level, fileLevel) && !isWithin(level, shownLevel(options))) return;
    const entry = entryOf(level, message, fields);
    if (isWithin(level, shownLevel(options))) say(entry);
    keep(entry);
  };
  return {
    logger: loggerTo(record, {}),
    note: (level, message) => keep(entryOf(level, message, {})),
    close: async () => file?.close(),
    tail: (lines) =>
      (lines > 0 ? remembered.slice(-lines) : []).map((entry) => `${toTextLine(entry)}\n`).join(''),
  };
}

function shownLevel({ quiet, verbosity }: LogOptions): LogLevel {
  if (quiet) return 'error';
  if (verbosity >= 2) return 'debug';
  return verbosity === 1 ? 'info' : 'warn';
}

function openFile(
  config: LogConfig,
  path: string,
  { clock, runId }: LogOptions,
  say: (entry: LogEntry) => void,
): LogFile {
  const { maxSize, retentionDays } = config;
  // Told also to whoever wants errors alone: nothing else would ever say that the log has ended.
  const onFailure = (cause: unknown) => {
    const { message, hint } = unwritableLog(cause, path);
    const text = `${message} The run goes on without it.${hint === null ? '' : ` ${hint}`}`;
    say({ time: clock.now(), level: 'warn', run: runId, fields: {}, message: text });
  };
  return new LogFile({ path, maxSize, retentionDays, clock, onFailure });
}

/** Redacted before anything is escaped: an escaped secret would no longer look like one. */
function clean(entry: LogEntry, secrets: readonly string[]): LogEntry {
  const fields = Object.entries(entry.fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? redact(value, secrets) : value,
  ]);
  return { ...entry, fields: Object.fromEntries(fields), message: redact(entry.message, secrets) };
}

function loggerTo(
  record: (level: LogLevel, message: string, fields: LogFields) => void,
  common: LogFields,
): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      record(level, message, { ...common, ...fields });
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    with: (fields) => loggerTo(record, { ...common, ...fields }),
  };
}

/**
 * Writes lines for whoever is at standard error: short for a person. Whoever asks for more than trouble and lets it
 * be collected gets whole lines, with their times.
 */
function personLines({ error, verbosity }: LogOptions, colors: Colors): (entry: LogEntry) => void {
  if (verbosity > 0 && !error.isTerminal) return (entry) => error.write(`${toTextLine(entry)}\n`);
  return (entry) => {
    const { transfer, ...others } = entry.fields;
    const where = transfer === undefined ? '' : `${printable(String(transfer))}: `;
    const details = verbosity > 0 ? colors.dim(detailsOf(others)) : '';
    error.write(`ic: ${levelWord(entry.level, colors)}${where}${printable(entry.message)}${details}\n`);
  };
}

function levelWord(level: LogLevel, colors: Colors): string {
  if (level === 'error') return `${colors.red('error:')} `;
  if (level === 'warn') return `${colors.yellow('warning:')} `;
  return level === 'debug' ? `${colors.dim('debug:')} ` : '';
}

function detailsOf(fields: LogFields): string {
  const known = Object.entries(fields).filter(([, value]) => value !== null);
  if (known.length === 0) return '';
  return ` (${known.map(([name, value]) => `${name} ${printable(String(value))}`).join(', ')})`;
}
