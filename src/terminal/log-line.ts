import type { LogLevel } from '../config/configuration.ts';
import type { LogFields } from '../platform/logger.ts';
import { printable, printableJson } from './text.ts';

/** One line of the log. */
export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: LogLevel;
  readonly run: string | null;
  /** The transfer and whatever else tells what the message is about. */
  readonly fields: LogFields;
  readonly message: string;
}

export const logLevels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** Whether a line of this level belongs into a log that goes down to `least`. */
export function isWithin(level: LogLevel, least: LogLevel): boolean {
  return logLevels.indexOf(level) <= logLevels.indexOf(least);
}

/** `2026-11-22T19:30:01.123Z warn  run=5f0c2a91 transfer=hq attempt=2 | Message`, without the end of the line. */
export function toTextLine(entry: LogEntry): string {
  const fields = { ...(entry.run === null ? {} : { run: entry.run }), ...entry.fields };
  const words = Object.entries(fields).map(([name, value]) => `${fieldName(name)}=${fieldValue(value)} `);
  return `${isoTime(entry)} ${entry.level.padEnd(5)} ${words.join('')}| ${printable(entry.message)}`;
}

function fieldName(name: string): string {
  return name.replace(/[^\w.-]/g, '_');
}

/** Bare where that can be read back as what it was, else as JSON. */
function fieldValue(value: LogFields[string]): string {
  const bare = /^[^\s"|=]+$/.test(String(value)) && String(value) === printable(String(value));
  return typeof value === 'string' && (!bare || typeof readBare(value) !== 'string')
    ? printableJson(value)
    : String(value);
}

function readBare(word: string): LogFields[string] {
  if (word === 'true' || word === 'false') return word === 'true';
  if (word === 'null') return null;
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(word) ? Number(word) : word;
}

/** A JSON object on one line: `time`, `level`, `run`, the fields, `message`. */
export function toJsonLine(entry: LogEntry): string {
  return printableJson(toJson(entry));
}

export function toJson(entry: LogEntry): object {
  const head = { time: isoTime(entry), level: entry.level, run: entry.run };
  return { ...head, ...entry.fields, ...head, message: entry.message };
}

function isoTime(entry: LogEntry): string {
  return new Date(entry.time).toISOString();
}

/** A line of the log file, in either format; null when it is neither, such as one that a crash cut off. */
export function parseLogLine(line: string): LogEntry | null {
  return line.startsWith('{') ? parseJsonLine(line) : parseTextLine(line);
}

function parseJsonLine(line: string): LogEntry | null {
  try {
    const { time, level, run, message, ...fields } = JSON.parse(line) as Record<string, LogFields[string]>;
    return entryOf(time, level, run, message, fields);
  } catch {
    return null;
  }
}

function parseTextLine(line: string): LogEntry | null {
  const [head = '', time, level] = /^(\S+) (error|warn|info|debug) +/.exec(line) ?? [];
  const field = /([\w.-]+)=("(?:[^"\\]|\\.)*"|[^\s"|=]+) /y;
  const fields: Record<string, LogFields[string]> = {};
  field.lastIndex = head.length;
  let end = field.lastIndex;
  for (let match = field.exec(line); match !== null; match = field.exec(line)) {
    const [, name = '', value = ''] = match;
    fields[name] = value.startsWith('"') ? JSON.parse(value) : readBare(value);
    end = field.lastIndex;
  }
  if (!line.startsWith('| ', end)) return null;
  const { run, ...others } = fields;
  return entryOf(time, level, run, line.slice(end + 2), others);
}

function entryOf(
  time: unknown,
  level: unknown,
  run: unknown,
  message: unknown,
  fields: LogFields,
): LogEntry | null {
  const milliseconds = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  const known = logLevels.find((candidate) => candidate === level);
  if (Number.isNaN(milliseconds) || known === undefined || typeof message !== 'string') return null;
  return { time: milliseconds, level: known, run: typeof run === 'string' ? run : null, fields, message };
}
