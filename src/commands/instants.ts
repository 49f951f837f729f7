import type { Start } from '../config/configuration.ts';
import { parseInstant as parseCalendarTime } from '../config/types/start.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import type { Arguments } from './command.ts';
import { usageError } from './usage-error.ts';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A time, or how long ago: by whose clock is for whoever asks to say. */
export type Instant = Exclude<Start, { readonly type: 'all' }>;

/** `2026-11-01` (UTC), `2026-11-01T10:00:00Z`, `36h` or `7d` ago, or UNIX seconds from 1973 on: fewer digits are a slip. */
function readInstant(text: string, flag: string): Instant {
  const trimmed = text.trim();
  if (/^\d{9,11}$/.test(trimmed)) return { type: 'instant', time: Number(trimmed) };
  if (/^\d+(\.\d+)?[smhd]$/.test(trimmed)) return { type: 'ago', seconds: parseSpan(trimmed, flag) };
  const time = parseCalendarTime(trimmed.toUpperCase());
  if (time !== null) return { type: 'instant', time };
  throw usageError(
    `--${flag} ${text} is no time. Write 2026-11-01, 2026-11-01T10:00:00Z, 36h or 7d (ago), or UNIX seconds, which have 9 to 11 digits.`,
  );
}

/** As UNIX seconds. */
export function parseInstant(text: string, flag: string, nowMs: number): UnixSeconds {
  return instantAt(readInstant(text, flag), nowMs / 1000);
}

export function instantAt(instant: Instant, now: UnixSeconds): UnixSeconds {
  return instant.type === 'ago' ? Math.floor(now - instant.seconds) : instant.time;
}

/** `--since` and `--until`; null where they are not given. The second must be after the first. */
export function readPeriod(
  arguments_: Arguments,
  nowMs: number,
): { readonly since: Instant | null; readonly until: Instant | null } {
  const [since = null, until = null] = (['since', 'until'] as const).map((flag) => {
    const text = arguments_.text(flag);
    return text === null ? null : readInstant(text, flag);
  });
  const now = nowMs / 1000;
  if (since !== null && until !== null && instantAt(until, now) <= instantAt(since, now))
    throw usageError('--until is not after --since.');
  return { since, until };
}

/** The same in UNIX seconds, by this machine's clock. */
export function parsePeriod(
  arguments_: Arguments,
  nowMs: number,
): { readonly since: UnixSeconds | null; readonly until: UnixSeconds | null } {
  const { since, until } = readPeriod(arguments_, nowMs);
  const at = (instant: Instant | null) => instant && instantAt(instant, nowMs / 1000);
  return { since: at(since), until: at(until) };
}

/** `30s`, `15m`, `2h`, `7d` or `0`, in seconds. */
export function parseSpan(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim());
  if (match) return Number(match[1]) * (unitSeconds[match[2] ?? ''] ?? 0);
  if (text.trim() === '0') return 0;
  throw usageError(`--${flag} ${text} is no duration. Write 30s, 15m, 2h or 7d.`);
}
