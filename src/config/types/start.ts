import type { UnixSeconds } from '../../platform/clock.ts';
import type { Start } from '../configuration.ts';
import { parseDuration } from './quantities.ts';
import { InvalidValue, type ValueType } from './value-type.ts';

/** How far back a first pull reaches. */
export const start: ValueType<Start> = {
  name: 'a duration, a date, a date with time, or `all`',
  parse: (value) => {
    if (value.toLowerCase() === 'all') return { type: 'all' };
    const seconds = parseDuration(value);
    if (seconds !== null) return { type: 'ago', seconds };
    const time = parseInstant(value);
    if (time !== null) return { type: 'instant', time };
    throw new InvalidValue(
      'is neither a duration, nor a date, nor all',
      'Write how far back (30d), since when (2026-11-01 or 2026-11-01T10:00:00Z), or all.',
    );
  },
};

const instant = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * `2026-11-01`, `2026-11-01T10:00:00Z`, `2026-11-01 10:00+01:00`, as whole seconds; null for anything else, such as the
 * 30th of February. A date is its first moment in UTC, and a time without a zone is in UTC too: what is pulled should
 * not depend on where `ic` runs.
 */
export function parseInstant(value: string): UnixSeconds | null {
  const [, date, time = '00:00', zone = 'Z'] = instant.exec(value) ?? [];
  if (date === undefined || !isOnCalendar(date)) return null;
  const milliseconds = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isOnCalendar(date: string): boolean {
  const parsed = new Date(`${date}T00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}
