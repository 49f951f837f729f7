import { Fault } from './fault.ts';

/**
 * A command line as words, the way a shell splits it: blanks part words, quotes keep them together. A backslash takes
 * the meaning from the character after it, except on Windows, where it is a part of paths. Nothing else has a meaning:
 * no variables, no patterns, no pipes. Throws `Fault` for a quote that is not closed.
 */
export function splitCommand(command: string, platform: NodeJS.Platform): readonly string[] {
  const escapes = platform !== 'win32';
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < command.length; at += 1) {
    const character = command[at] as string;
    if (escapes && character === '\\' && isEscapable(command[at + 1], quote)) {
      at += 1;
      word = (word ?? '') + command[at];
    } else if (quote !== null) {
      if (character === quote) quote = null;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (!/\s/.test(character)) {
      word = (word ?? '') + character;
    } else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  if (quote !== null) {
    throw new Fault(`has a command in which a ${quote} is not closed`, 'Close the quote.', 'configuration');
  }
  return word === null ? words : [...words, word];
}

function isEscapable(next: string | undefined, quote: string | null): boolean {
  if (next === undefined || quote === "'") return false;
  return quote === null || '"\\$`'.includes(next);
}
