import { nearest } from '../config/nearest.ts';
import type { IcError } from '../platform/errors.ts';
import { usageError } from './usage-error.ts';

/** Names in a message: whoever has two hundred transfers does not want to read them. */
const mostListed = 12;

/** The one of this name. Throws `usage` for a name that the configuration does not have. */
export function named<T>(all: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = all.get(name);
  if (found !== undefined) return found;
  throw unknownName(all.keys(), name, what);
}

/**
 * Those that names and patterns (`emea-*`) of the command line mean, each once, in the order of the words; all of them when
 * there are no words. Throws `usage` for a word that means none.
 */
export function chosen<T>(all: ReadonlyMap<string, T>, words: readonly string[], what: string): readonly T[] {
  if (words.length === 0) return [...all.values()];
  const names = new Set(words.flatMap((word) => namesMeant([...all.keys()], word, what)));
  return [...names].map((name) => named(all, name, what));
}

function namesMeant(names: readonly string[], word: string, what: string): readonly string[] {
  if (!isPattern(word)) return [word];
  const matches = nameMatcher(word);
  const meant = names.filter(matches);
  if (meant.length === 0) throw usageError(`No ${what} matches "${word}".${listed(names)}`);
  return meant;
}

export function isPattern(word: string): boolean {
  return /[*?]/.test(word);
}

/** Whether a name is the one of the word, or fits it: `*` stands for any characters, `?` for one. */
export function nameMatcher(word: string): (name: string) => boolean {
  if (!isPattern(word)) return (name) => name === word;
  const source = [...word].map((character) => wildcards[character] ?? RegExp.escape(character)).join('');
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name);
}

const wildcards: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };

function unknownName(known: Iterable<string>, name: string, what: string): IcError {
  const names = [...known];
  const near = nearest(name, names);
  return usageError(
    `The configuration has no ${what} "${name}".${near ? ` Is ${near} meant?` : ''}${listed(names)}`,
  );
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length - mostListed;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return ` There are: ${names.slice(0, mostListed).join(', ')}${more}.`;
}
