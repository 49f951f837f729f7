import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { orIoError } from '../../platform/io-error.ts';
import type { Arguments, CommandContext } from '../command.ts';
import { secretIn } from '../read-secret.ts';
import { usageError } from '../usage-error.ts';
import type { Secret } from './answers.ts';

/** The secret that `--NAME-env` or `--NAME-file` tell of; null when neither is given. */
export async function secretFrom(
  name: string,
  arguments_: Arguments,
  context: CommandContext,
): Promise<Secret | null> {
  const [variable, file] = [arguments_.text(`${name}-env`), arguments_.text(`${name}-file`)];
  if (variable !== null && file !== null)
    throw usageError(`--${name}-env and --${name}-file exclude each other.`);
  if (variable === null && file === null) return null;
  const found = variable === null ? await fromFile(file ?? '', context) : fromEnvironment(variable, context);
  if (found.text === '')
    throw usageError(`--${name}-${variable === null ? 'file' : 'env'}: there is nothing in it.`);
  return arguments_.flag('references') ? found : { ...found, reference: null };
}

function fromEnvironment(name: string, { environment }: CommandContext): Secret {
  const value = environment[name];
  if (value === undefined) throw usageError(`The environment variable ${name} is not set.`);
  return { text: value, reference: `\${env:${name}}` };
}

async function fromFile(file: string, { workingDirectory, io }: CommandContext): Promise<Secret> {
  if (file === '-') return { text: secretIn(await buffer(io.input), 'Standard input'), reference: null };
  const path = resolve(workingDirectory, file);
  const content = await orIoError(readFile(path), path, 'read');
  return { text: secretIn(content, path), reference: `\${file:${path}}` };
}
