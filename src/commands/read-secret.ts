import { buffer } from 'node:stream/consumers';
import { secretText } from '../config/secret-text.ts';
import { IcError } from '../platform/errors.ts';
import { openPrompt } from '../terminal/prompt.ts';
import type { CommandContext } from './command.ts';
import { usageError } from './usage-error.ts';

/** A secret, typed without being shown, or all of standard input less its last line end. Throws `usage` for none. */
export async function readSecret({ io, signal }: CommandContext): Promise<string> {
  const isTyped = 'isTTY' in io.input && io.input.isTTY === true;
  const secret = isTyped
    ? await typeSecret({ io, signal })
    : secretIn(await buffer(io.input), 'Standard input');
  if (secret === '') throw usageError('There is no secret: nothing came.');
  return secret;
}

/** What was piped in, or a file. Throws `usage` for what is not text; `source` says in the message where it is from. */
export function secretIn(bytes: Uint8Array, source: string): string {
  try {
    return secretText(bytes);
  } catch (cause) {
    throw new IcError('usage', `${source} is not UTF-8 text.`, { hint: 'Save the secret as UTF-8.', cause });
  }
}

async function typeSecret({ io, signal }: Pick<CommandContext, 'io' | 'signal'>): Promise<string> {
  const prompt = await openPrompt(io, signal);
  try {
    return await prompt.askSecret('Secret (not shown): ');
  } finally {
    prompt.close();
  }
}
