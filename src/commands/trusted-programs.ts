import type { Configuration } from '../config/configuration.ts';
import { ConfigurationError, type Problem } from '../config/problem.ts';
import { refuseUntrusted, UntrustedFile } from '../platform/trusted-file.ts';

/** The programs of plugins act with the rights of this user. Throws a `ConfigurationError` for those that others may write. */
export async function requireTrustedPrograms(
  { destinations, file }: Configuration,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const programs = [...destinations.values()].filter((destination) => destination.type === 'program');
  if (programs.length === 0) return;
  const { filesOfCommand } = await import('../destinations/program/resolve-command.ts');
  const problems: Problem[] = [];
  for (const { name, command, directory } of programs) {
    for (const path of filesOfCommand(command, directory, env)) {
      const reason = await whyUntrusted(path, env);
      if (reason !== null) problems.push(problemOf(name, path, reason));
    }
  }
  if (problems.length > 0) throw new ConfigurationError(file, problems);
}

async function whyUntrusted(path: string, env: NodeJS.ProcessEnv): Promise<UntrustedFile | null> {
  try {
    await refuseUntrusted(path, env);
    return null;
  } catch (error) {
    if (error instanceof UntrustedFile) return error;
    // What is wrong with it otherwise is reported when it is started.
    return null;
  }
}

function problemOf(destination: string, path: string, { message, remedy }: UntrustedFile): Problem {
  return {
    section: `destination.${destination}`,
    key: 'command',
    value: null,
    message: `starts ${path}, which ${message}`,
    remedy,
    line: null,
    nearest: null,
  };
}
