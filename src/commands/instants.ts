import { parseInstant as parseCalendarTime } from '../config/types/start.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import type { Arguments } from './command.ts';
import { usageError } from './parse.ts';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `2026-11-01` (UTC), `2026-11-01T10:00:00Z`, `36h` or `7d` ago, or UNIX seconds from 1973 on: fewer digits are a slip. */
export function parseInstant(text: string, flag: string, nowMs: number): UnixSeconds {
  const trimmed = text.trim();
  if (/^\d{9,11}$/.test(trimmed)) return Number(trimmed);
  if (/^\d+(\.\d+)?[smhd]$/.test(trimmed)) return Math.floor(nowMs / 1000 - parseSpan(trimmed, flag));
  const time = parseCalendarTime(trimmed.toUpperCase());
  if (time !== null) return time;
  throw usageError(
    `--${flag} ${text} is no time. Write 2026-11-01, 2026-11-01T10:00:00Z, 36h or 7d (ago), or UNIX seconds, which have 9 to 11 digits.`,
  );
}

/** `--since` and `--until`, in UNIX seconds; null where they are not given. The second must be after the first. */
export function parsePeriod(
  arguments_: Arguments,
  nowMs: number,
): { readonly since: UnixSeconds | null; readonly until: UnixSeconds | null } {
  const [since, until] = (['since', 'until'] as const).map((flag) => {
    const text = arguments_.text(flag);
    return text === null ? null : parseInstant(text, flag, nowMs);
  }) as [UnixSeconds | null, UnixSeconds | null];
  if (since !== null && until !== null && until <= since) throw usageError('--until is not after --since.');
  return { since, until };
}

/** `30s`, `15m`, `2h`, `7d` or `0`, in seconds. */
export function parseSpan(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim());
  if (match) return Number(match[1]) * (unitSeconds[match[2] ?? ''] ?? 0);
  if (text.trim() === '0') return 0;
  throw usageError(`--${flag} ${text} is no duration. Write 30s, 15m, 2h or 7d.`);
}
