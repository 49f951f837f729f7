import type { Configuration } from '../config/configuration.ts';
import { type FindOptions, findConfiguration } from '../config/find.ts';
import { readConfiguration } from '../config/read.ts';
import type { CommandContext } from './command.ts';
import { requireTrustedPrograms } from './trusted-programs.ts';

/** The configuration that the command line, the environment or the platform names. Throws `configuration`. */
export async function loadConfiguration(context: CommandContext): Promise<Configuration> {
  const file = await findConfiguration(findOptions(context));
  const configuration = await readConfiguration(file, { env: context.environment });
  await requireTrustedPrograms(configuration, context.environment);
  return configuration;
}

/** What decides which configuration is meant. */
export function findOptions(context: CommandContext): FindOptions {
  const { environment, workingDirectory, platform, common, io } = context;
  const onPassedOver = (message: string) => void io.error.write(`ic: ${message}\n`);
  return { flag: common.config, env: environment, cwd: workingDirectory, platform, onPassedOver };
}
