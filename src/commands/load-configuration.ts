import type { Configuration } from '../config/configuration.ts';
import { findConfiguration } from '../config/find.ts';
import { readConfiguration } from '../config/read.ts';
import type { CommandContext } from './command.ts';

/** The configuration that the command line, the environment or the platform names. Throws `configuration`. */
export async function loadConfiguration(context: CommandContext): Promise<Configuration> {
  const { environment, workingDirectory, platform, common } = context;
  const file = await findConfiguration({
    flag: common.config,
    env: environment,
    cwd: workingDirectory,
    platform,
  });
  return readConfiguration(file, { env: environment });
}
