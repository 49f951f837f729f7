import { text } from 'node:stream/consumers';
import { openPrompt } from '../terminal/prompt.ts';
import type { CommandContext } from './command.ts';
import { usageError } from './parse.ts';

/** A secret, typed without being shown, or all of standard input less its last line end. Throws `usage` for none. */
export async function readSecret({ io, signal }: CommandContext): Promise<string> {
  const isTyped = 'isTTY' in io.input && io.input.isTTY === true;
  const secret = isTyped ? await typeSecret({ io, signal }) : (await text(io.input)).replace(/\r?\n$/, '');
  if (secret === '') throw usageError('There is no secret: nothing came.');
  if (secret.includes('\0')) throw usageError('Standard input is not text.');
  return secret;
}

async function typeSecret({ io, signal }: Pick<CommandContext, 'io' | 'signal'>): Promise<string> {
  const prompt = await openPrompt(io, signal);
  try {
    return await prompt.askSecret('Secret (not shown): ');
  } finally {
    prompt.close();
  }
}
