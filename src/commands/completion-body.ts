import { findConfiguration } from '../config/find.ts';
import { namesIn } from '../config/outline.ts';
import { readTrustedFile } from '../platform/trusted-file.ts';
import type { CommandBody, CommandContext } from './command.ts';
import { findOptions } from './load-configuration.ts';
import { usageError } from './usage-error.ts';

/** `ic completion` */
export const completionBody: CommandBody = async (arguments_, context) => {
  const family = arguments_.text('names');
  const [shell] = arguments_.positionals;
  const { io } = context;
  if (family === 'transfer' || family === 'site' || family === 'destination') {
    io.output.write((await namesOf(family, context)).map((name) => `${name}\n`).join(''));
    return 0;
  }
  if (shell === undefined) throw usageError('Say for which shell: bash, zsh, fish or powershell.');
  io.output.write(await scriptFor(shell));
  return 0;
};

/** Somebody presses a key and waits: whatever is wrong with the configuration, it is not the time to say so. */
async function namesOf(
  family: 'transfer' | 'site' | 'destination',
  context: CommandContext,
): Promise<readonly string[]> {
  try {
    const file = await findConfiguration(findOptions(context));
    return namesIn((await readTrustedFile(file, context.environment)).toString(), family);
  } catch {
    return [];
  }
}

async function scriptFor(shell: string): Promise<string> {
  const { commands } = await import('./commands.ts');
  const { completionModel } = await import('./completion/model.ts');
  const model = completionModel(commands);
  switch (shell) {
    case 'bash':
      return (await import('./completion/bash.ts')).renderBash(model);
    case 'zsh':
      return (await import('./completion/zsh.ts')).renderZsh(model);
    case 'fish':
      return (await import('./completion/fish.ts')).renderFish(model);
    default:
      return (await import('./completion/powershell.ts')).renderPowerShell(model);
  }
}
