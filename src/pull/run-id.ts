import { randomBytes, randomInt } from 'node:crypto';

/**
 * Eight hexadecimal digits, of which the first is a letter: no log and no spreadsheet takes it for a number, as it would
 * `58657e62`.
 */
export function newRunId(): string {
  const letter = 'abcdef'.charAt(randomInt(6));
  return `${letter}${randomBytes(4).toString('hex').slice(1)}`;
}
