import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DestinationConfig, ProgramConfig } from '../../config/configuration.ts';
import { keyFileOf } from '../../config/key-file.ts';
import { splitCommand } from '../../destinations/program/split-command.ts';
import type { ScheduledRun } from './scheduled-run.ts';
import { writtenDirectories } from './systemd-units.ts';

/** Every path that the run reads or writes, and where links in them lead. */
export async function usedPaths(run: ScheduledRun): Promise<readonly string[]> {
  const used = [...readPaths(run), ...writtenDirectories(run.configuration)];
  const real = await Promise.all(used.map(whereItLeads));
  return [...new Set([...used, ...real])];
}

function readPaths({ command, configuration, referencedFiles }: ScheduledRun): readonly string[] {
  const { file, sites, destinations, notify } = configuration;
  const authorities = [...Array.from(sites.values(), ({ caFile }) => caFile), notify.mail?.caFile ?? null];
  return [
    ...command.filter((part) => part.startsWith('/')),
    ...[file, dirname(file), keyFileOf(file), ...referencedFiles],
    ...authorities.filter((path) => path !== null),
    ...[...destinations.values()].flatMap(namedFor),
  ];
}

/** What a program is started from and told of may be paths, on their own or as `--key=/path`. */
function namedFor(destination: DestinationConfig): readonly string[] {
  if (destination.type !== 'program') return [];
  const { command, directory, settings } = destination;
  const words = [command, ...wordsOf(destination), ...settings.values()];
  const texts = words.flatMap((word) => [word, word.replace(/^[^=]*=/, '')]);
  return texts
    .filter((text) => text.includes('/') && !text.includes('://'))
    .map((text) => resolve(directory, text));
}

/** A command that cannot be split fails when it is run; that is not for a schedule to say. */
function wordsOf({ command }: ProgramConfig): readonly string[] {
  try {
    return splitCommand(command, 'linux');
  } catch {
    return [];
  }
}

/** A path of which only a part is there leads where that part leads. */
async function whereItLeads(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path
      ? path
      : resolve(await whereItLeads(parent), path.slice(parent.length).replace(/^\//, ''));
  }
}
