import type { IcError } from '../platform/errors.ts';
import { printable } from '../terminal/text.ts';
import type { Terminal } from './command.ts';

/** Codes whose messages ic writes in lines of its own: every problem of a configuration, the trace of a defect. */
const inLines: ReadonlySet<string> = new Set(['configuration', 'internal', 'usage']);

/** Reports a failure on standard error: what is wrong, and below it the remedy. What a message quotes makes no lines. */
export function printError({ error: stream }: Terminal, { code, message, hint }: IcError): void {
  const shown = inLines.has(code) ? message : printable(message);
  stream.write(`ic: ${shown}\n${hint === null ? '' : `  ${printable(hint)}\n`}`);
}
