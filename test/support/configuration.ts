import type { Configuration } from '../../src/config/configuration.ts';
import { ConfigurationError, type Problem } from '../../src/config/problem.ts';
import { type ReadOptions, readConfiguration } from '../../src/config/read.ts';

/** Reads a configuration from its text, as if it stood in `/etc/ic/ic.ini`, with no environment. */
export function readText(text: string | Uint8Array, options: ReadOptions = {}): Promise<Configuration> {
  return readConfiguration('/etc/ic/ic.ini', {
    env: {},
    readFile: async () => Buffer.from(text),
    ...options,
  });
}

/** What is wrong with a configuration. */
export async function problemsOf(
  text: string | Uint8Array,
  options: ReadOptions = {},
): Promise<readonly Problem[]> {
  try {
    await readText(text, options);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

/** Sections that go well together, each of which a test may replace or extend with lines of its own. */
export const site = '[site.hq]\nhost = support.example.com\nclient_id = id\nclient_secret = ${env:SECRET}\n';
export const archive = '[destination.archive]\ntype = file-system\ndirectory = archive\n';
export const transfer = '[transfer.t]\nsite = hq\ndestination = archive\ndata = sessions\n';
export const env = { SECRET: 's3cret-value' };
