import type { Configuration } from './configuration.ts';
import { readConfiguration } from './read.ts';
import { readForRewriting, rewriteValues, type WrittenValue } from './rewrite.ts';

/**
 * A configuration for somebody who need not be able to read its secrets: whoever installs a schedule has neither the
 * service's environment nor, perhaps, its key. In their places stand words without meaning; paths and schedules are
 * as they will be, and what is wrong with them is thrown as by `readConfiguration`.
 */
export async function readWithoutSecrets(file: string, env: NodeJS.ProcessEnv): Promise<Configuration> {
  const text = rewriteValues(await readForRewriting(file, env), (written) => withoutReferences(written, env));
  return readConfiguration(file, { env, readFile: async () => Buffer.from(text) });
}

/** Stand-ins for whole values that must be of a form. */
const standIns: Readonly<Record<string, string>> = {
  url: 'https://hidden.invalid',
  proxy: 'http://hidden.invalid',
  connection_string: 'Server=hidden',
};

const reference = /(?<!\$)\$\{(env|file):([^}]*)\}/g;

function withoutReferences({ key, value }: WrittenValue, env: NodeJS.ProcessEnv): string | null {
  if (value.startsWith('enc:')) return standIns[key] ?? 'hidden';
  const known = value.replace(reference, (whole, source: string, name: string) => {
    if (source === 'env' && env[name] !== undefined) return whole;
    return whole === value ? (standIns[key] ?? 'hidden') : 'hidden';
  });
  return known === value ? null : known;
}
