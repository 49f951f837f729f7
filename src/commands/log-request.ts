import { isWithin, type LogEntry, logLevels } from '../terminal/log-line.ts';
import type { Arguments } from './command.ts';
import { parsePeriod } from './instants.ts';
import { nameMatcher } from './names.ts';
import { usageError } from './usage-error.ts';

/** What is asked of `ic log`. */
export interface LogRequest {
  /** Milliseconds since the epoch. */
  readonly since: number | null;
  readonly transfer: string | null;
  /** How many of the lines that are there already; null: all. */
  readonly lines: number | null;
  readonly follow: boolean;
  /** Whether the line is wanted; null stands for a line that is none of the log's own. */
  wants(entry: LogEntry | null): boolean;
}

/** As many as `tail -f` shows. */
const linesBeforeFollowing = 10;

export function readLogRequest(arguments_: Arguments, nowMs: number): LogRequest {
  const period = parsePeriod(arguments_, nowMs);
  const since = period.since === null ? null : period.since * 1000;
  const until = period.until === null ? null : period.until * 1000;
  const level = logLevels.find((candidate) => candidate === arguments_.text('level')) ?? null;
  const transfer = arguments_.text('transfer');
  const run = arguments_.text('run');
  const isMeant = transfer === null ? null : nameMatcher(transfer);
  const follow = arguments_.flag('follow');
  const isFiltered = [since, until, level, transfer, run].some((filter) => filter !== null);
  return {
    since,
    transfer,
    follow,
    lines: parseLines(arguments_.text('lines')) ?? (follow ? linesBeforeFollowing : null),
    wants: (entry) =>
      entry === null
        ? !isFiltered
        : (since === null || entry.time >= since) &&
          (until === null || entry.time <= until) &&
          (level === null || isWithin(entry.level, level)) &&
          (isMeant === null || isMeant(String(entry.fields.transfer ?? ''))) &&
          (run === null || (entry.run ?? '').startsWith(run)),
  };
}

function parseLines(text: string | null): number | null {
  if (text === null) return null;
  if (!/^\d{1,9}$/.test(text)) throw usageError(`--lines ${text} is no number of lines. Write 50, or so.`);
  return Number(text);
}
