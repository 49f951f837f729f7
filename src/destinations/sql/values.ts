import type { UnixSeconds } from '../../platform/clock.ts';

/**
 * What the appliance's texts mean as column values. Two families: facts, which the appliance fills in and where it
 * writes `Unknown` or `-1` for what it does not know; and content, which people or their machines wrote and which is
 * kept as it stands.
 */

/** A fact: null when the appliance says that it does not know it. */
export function fact(text: string | null): string | null {
  const value = text?.trim();
  return value === undefined || value === 'Unknown' || value === '-1' ? null : content(value);
}

/** Content: null only when it is empty. */
export function content(text: string | null): string | null {
  return text === '' ? null : text;
}

/** A fact that is a whole number; null when it is none. */
export function wholeNumber(text: string | null): number | null {
  const value = fact(text);
  if (value === null || !/^[+-]?\d+$/.test(value)) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** 1 or 0; null when the appliance does not say. */
export function flag(text: string | null): number | null {
  switch (fact(text)?.toLowerCase()) {
    case '1':
    case 'true':
    case 'yes':
      return 1;
    case '0':
    case 'false':
    case 'no':
      return 0;
    default:
      return null;
  }
}

/**
 * `198.51.100.23:61606`, `[2001:db8::1]:443`, `[2001:db8::1]`, `2001:db8::1` or `198.51.100.23` as the address alone.
 * A port that is missing or no number goes as well; what has no form of an address stays as it is.
 */
export function address(text: string | null): string | null {
  const value = fact(text);
  if (value === null) return null;
  const bracketed = /^\[([^\]]*)\]/.exec(value);
  if (bracketed) return fact(bracketed[1] ?? null);
  const [host = '', ...rest] = value.split(':');
  return rest.length === 1 ? fact(host) : value;
}

const endOfTime = Date.UTC(10_000, 0) / 1000;

/** UNIX seconds that every database can hold as an instant; null for what lies beyond the year 9999. */
export function instant(seconds: UnixSeconds | null): UnixSeconds | null {
  return seconds !== null && seconds >= 0 && seconds < endOfTime ? seconds : null;
}
