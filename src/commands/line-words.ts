/** What follows `--` is never a flag. */
export function atDashes(words: readonly string[]): {
  readonly flags: readonly string[];
  readonly operands: readonly string[];
} {
  const dashes = words.indexOf('--');
  if (dashes < 0) return { flags: words, operands: [] };
  return { flags: words.slice(0, dashes), operands: words.slice(dashes + 1) };
}

/** A word that begins with this is no flag. */
const mark = '\u0000';

/** yargs drops a lone `-`, which means standard input, and does not count what follows `--` among the operands. */
export function protect(words: readonly string[]): readonly string[] {
  const { flags, operands } = atDashes(words);
  return [
    ...flags.map((word) => (word === '-' ? `${mark}-` : word)),
    ...operands.map((word) => `${mark}${word}`),
  ];
}

function restore(word: string): string {
  return word.startsWith(mark) ? word.slice(mark.length) : word;
}

/** The words of a value as yargs gives it. */
export function texts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((item) => restore(String(item)));
}
