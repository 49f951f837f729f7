import { createHash } from 'node:crypto';

/**
 * Longest name that is made, in bytes of UTF-8 (and so in UTF-16 units too). File systems take 255 of the one or the
 * other; the rest is left for a number that tells names apart.
 */
const longestName = 240;

/** Longest that one value of several may become: none must push the others out of the name. */
const longestValue = 120;

/** Separators, what Windows refuses, control characters, line and paragraph separators, and what reverses text. */
const unsafeCharacters = /[<>:"/\\|?*\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Devices of Windows, with any extension; it takes superscript digits for digits. */
const reservedName = /^(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i;

/**
 * What a value may contribute to a file name: nothing that any file system refuses or takes for a path, no dots or
 * white space at its ends, and not too long. Two long values stay different. Empty when nothing is left of it.
 */
export function safeValue(text: string): string {
  const safe = trimmed(text.toWellFormed().replace(unsafeCharacters, '_'));
  return trimmed(shortened(safe, longestValue));
}

/**
 * One component of a path, a name for every file system: as `safeValue`, and neither empty, `.` or `..`, nor reserved
 * by Windows. What is too long is cut and given a hash, and keeps its extension.
 */
export function safeName(text: string): string {
  const clean = withoutEnd(text.toWellFormed().replace(unsafeCharacters, '_')).trimStart();
  const name = clean === '' ? '_' : clean;
  return shortened(reservedName.test(name) ? `_${name}` : name, longestName);
}

/** `a.xml`, 2 → `a.2.xml`: the number goes before the last period. */
export function numberedName(name: string, number: number): string {
  const period = name.lastIndexOf('.');
  if (period <= 0) return `${name}.${number}`;
  return `${name.slice(0, period)}.${number}${name.slice(period)}`;
}

function trimmed(text: string): string {
  return withoutEnd(text.replace(/^[. ]+/, '')).trim();
}

/** Without the dots and blanks at its end. A pattern for them would try each of a row of dots in the middle. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === '.' || text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}

function shortened(name: string, limit: number): string {
  if (Buffer.byteLength(name) <= limit) return name;
  const extension = /\.[^. ]{1,16}$/.exec(name)?.[0] ?? '';
  const tail = `~${createHash('sha256').update(name).digest('hex').slice(0, 12)}${extension}`;
  return `${cutToBytes(name, limit - Buffer.byteLength(tail))}${tail}`;
}

/** The longest beginning of `text` that fits, never half a character. */
function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
