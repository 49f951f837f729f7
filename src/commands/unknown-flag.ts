import { nearest } from '../config/nearest.ts';
import type { Command } from './command.ts';
import { commonOptions } from './common-options.ts';

/**
 * What to say of the first of the words that is no flag of the command: yargs tells of it without its dashes. Null when
 * it says something else, or does not know an operand.
 */
export function unknownFlag(
  { options = {} }: Command,
  words: readonly string[],
  said: string,
): string | null {
  const [, names] = /^Unknown arguments?: (.*)$/s.exec(said) ?? [];
  const unknown = names?.split(', ') ?? [];
  const flags = words.flatMap(flagsIn);
  const flag = flags.find(({ name }) => unknown.includes(name));
  if (flag === undefined) return null;
  const known = Object.entries({ ...options, ...commonOptions }).filter(([, spec]) => !spec.hidden);
  const { dashes, name } = flag;
  const near = nearest(
    name,
    known.map(([option]) => option),
  );
  return `There is no flag ${dashes}${name}.${near ? ` Is ${dashes === '-' ? '--' : dashes}${near} meant?` : ''}`;
}

/** `--no-color` is the flag `color`, and `-qv` are two. */
function flagsIn(word: string): readonly { readonly dashes: string; readonly name: string }[] {
  const [, dashes = '', text = ''] = /^(--no-|--|-)([^=]+)/.exec(word) ?? [];
  return dashes === '-' ? [...text].map((name) => ({ dashes, name })) : [{ dashes, name: text }];
}
