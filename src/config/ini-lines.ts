import type { Problems } from './problem.ts';

/** A section as it stands in the file. */
export interface IniSection {
  readonly name: string;
  readonly line: number;
  readonly entries: ReadonlyMap<string, IniEntry>;
}

export interface IniEntry {
  readonly key: string;
  /** Without comment, outer blanks and outer quotes; nothing else is touched. */
  readonly value: string;
  readonly line: number;
  /** Whether the value begins with a quotation mark that is never closed, and so is part of it. */
  readonly isUnclosed: boolean;
}

interface OpenSection extends IniSection {
  readonly entries: Map<string, IniEntry>;
}

/**
 * The sections of an INI text, by name. A comment begins with `;` or `#` at the start of a line or after a blank;
 * quotes around a whole value are dropped; nothing is an escape. Repeated sections and keys, and lines that are
 * nothing known, are problems.
 *
 * The `ini` package does not serve here: it cuts values at any `;` or `#`, halves backslashes, merges repeats, turns
 * `true` and `null` into what they are not, and knows no line numbers to name in a message.
 */
export function readIniLines(text: string, problems: Problems): ReadonlyMap<string, IniSection> {
  const sections = new Map<string, OpenSection>();
  let current: OpenSection | null = null;
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const content = raw.trim();
    const line = index + 1;
    if (content === '' || /^[;#]/.test(content)) continue;
    if (content.startsWith('[')) current = openSection(content, line, sections, problems);
    else if (current) addEntry(content, line, current, problems);
    else
      problems.add({
        line,
        message: 'stands before any section',
        remedy: 'Put a line such as [site.NAME] above it.',
      });
  }
  return sections;
}

function openSection(
  content: string,
  line: number,
  sections: Map<string, OpenSection>,
  problems: Problems,
): OpenSection {
  const name = /^\[([^\]]*)\](?:\s+[;#].*)?$/.exec(content)?.[1]?.trim() ?? '';
  const section: OpenSection = { name, line, entries: new Map() };
  const earlier = sections.get(name);
  if (name === '') {
    problems.add({
      line,
      message: 'is not a section',
      remedy: 'Write the name in brackets, as in [site.NAME].',
    });
  } else if (earlier) {
    problems.add({
      section: name,
      line,
      message: `stands twice, first in line ${earlier.line}`,
      remedy: 'Put all of its keys into one section, or give the second another name.',
    });
  } else {
    sections.set(name, section);
  }
  return section;
}

function addEntry(content: string, line: number, section: OpenSection, problems: Problems): void {
  const place = { section: section.name === '' ? null : section.name, line };
  const equals = content.indexOf('=');
  const key = content.slice(0, Math.max(equals, 0)).trim();
  const earlier = section.entries.get(key);
  if (key === '') {
    problems.add({
      ...place,
      message: 'is neither a section, nor a key with its value, nor a comment',
      remedy: 'Write key = value, or begin the line with ; to make it a comment.',
    });
  } else if (earlier) {
    problems.add({
      ...place,
      key,
      message: `stands twice in this section, first in line ${earlier.line}`,
      remedy: 'Keep one of the two lines.',
    });
  } else {
    const text = content.slice(equals + 1);
    const value = readValue(text);
    section.entries.set(key, { key, value, line, isUnclosed: isUnclosed(value, text.trim()) });
  }
}

/** What follows the equals sign, as its author meant it. */
export function readValue(text: string): string {
  const value = text.trim();
  const quote = value[0];
  if (quote === '"' || quote === "'") {
    for (let end = value.indexOf(quote, 1); end > 0; end = value.indexOf(quote, end + 1)) {
      if (/^(?:\s+[;#].*)?$/s.test(value.slice(end + 1))) return value.slice(1, end);
    }
  }
  // The blanks before the equals sign are gone; a comment right after it has one in `text`.
  return text.replace(/\s[;#].*$/s, '').trim();
}

/** A mark that stands within quotes is meant: the value is not what the line begins with then. */
function isUnclosed(value: string, written: string): boolean {
  const mark = value[0] ?? '';
  return /["']/.test(mark) && written.startsWith(value) && !value.includes(mark, 1);
}

/** `value` as it has to be written so that it is read again as it is; null for what no line can hold. */
export function writeValue(value: string): string | null {
  return (
    [value, `"${value}"`, `'${value}'`].find((text) => isOneLine(text) && readValue(` ${text}`) === value) ??
    null
  );
}

function isOneLine(text: string): boolean {
  return !/[\r\n]/.test(text);
}
