import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ProgramConfig } from '../../../src/config/configuration.ts';
import type { Destination } from '../../../src/destinations/destination.ts';
import {
  createProgramDestination,
  type ProgramContext,
} from '../../../src/destinations/program/program-destination.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';

export type ProgramOptions = Partial<Omit<ProgramConfig, 'settings'>> &
  Partial<ProgramContext> & { readonly settings?: Readonly<Record<string, string>> };

/** A destination whose program runs in `directory`, for sessions of site hq unless the options say otherwise. */
export function connectProgram(
  command: string,
  directory: string,
  options: ProgramOptions = {},
): Destination {
  const { settings = {}, ...others } = options;
  const config: ProgramConfig = {
    type: 'program',
    name: 'plugin',
    command,
    answerTimeout: 300,
    directory,
    workDirectory: directory,
    secrets: [],
    secretVariables: [],
    ...others,
    settings: new Map(Object.entries(settings)),
  };
  return createProgramDestination(config, {
    transfer: 'hq-to-plugin',
    site: 'hq',
    kinds: ['sessions'],
    clock: systemClock,
    logger: silentLogger,
    environment: process.env,
    ...others,
  });
}

/** The command that runs a script of this project with Node. */
export function nodeCommand(script: URL, ...parameters: readonly string[]): string {
  return [process.execPath, fileURLToPath(script), ...parameters].map(quoted).join(' ');
}

function quoted(word: string): string {
  return `"${process.platform === 'win32' ? word : word.replaceAll(/["\\$`]/g, '\\$&')}"`;
}

const pythons = process.platform === 'win32' ? ['py', 'python'] : ['python3'];

/** How Python 3 is called on this machine; null when it is not there. */
export const python: string | null =
  pythons.find(
    (name) => spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0,
  ) ?? null;

export const noPython = python === null ? 'Python 3.8 or later is not on this machine' : false;

export function exampleUrl(name: string): URL {
  return new URL(`../../../examples/plugins/${name}`, import.meta.url);
}

/** Resolves once no process of this id runs; one that nobody has buried yet counts as gone. */
export async function hasGone(pid: number): Promise<void> {
  while (isRunning(pid)) await setTimeout(10);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
