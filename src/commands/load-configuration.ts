import type { Configuration } from '../config/configuration.ts';
import { type FindOptions, findConfiguration } from '../config/find.ts';
import { readConfiguration } from '../config/read.ts';
import type { CommandContext } from './command.ts';

/** The configuration that the command line, the environment or the platform names. Throws `configuration`. */
export async function loadConfiguration(context: CommandContext): Promise<Configuration> {
  const file = await findConfiguration(findOptions(context));
  return readConfiguration(file, { env: context.environment });
}

/** What decides which configuration is meant. */
export function findOptions(context: CommandContext): FindOptions {
  const { environment, workingDirectory, platform, common } = context;
  return { flag: common.config, env: environment, cwd: workingDirectory, platform };
}
