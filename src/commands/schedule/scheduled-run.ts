import { dirname, resolve } from 'node:path';
import type { Configuration } from '../../config/configuration.ts';
import { findConfiguration } from '../../config/find.ts';
import { environmentNamesIn, fileNamesIn } from '../../config/outline.ts';
import { readWithoutSecrets } from '../../config/read-without-secrets.ts';
import { readForRewriting } from '../../config/rewrite.ts';
import { IcError } from '../../platform/errors.ts';
import { ownCommand } from '../../platform/own-command.ts';
import type { CommandContext } from '../command.ts';
import { findOptions } from '../load-configuration.ts';
import { usageError } from '../usage-error.ts';

/** What a scheduler is to start each minute, and what it needs to know of it. */
export interface ScheduledRun {
  /** Absolute path of the program, then what it is given. */
  readonly command: readonly [program: string, ...parameters: string[]];
  readonly configuration: Configuration;
  /** Environment variables that the configuration refers to. */
  readonly environmentNames: readonly string[];
  /** Files that the configuration takes values from, absolute. */
  readonly referencedFiles: readonly string[];
}

/** Throws `configuration`: a schedule for what cannot run would fail each minute. */
export async function scheduledRun(context: CommandContext): Promise<ScheduledRun> {
  const file = await findConfiguration(findOptions(context));
  const text = await readForRewriting(file, context.environment);
  const referencedFiles = fileNamesIn(text).map((name) => resolve(dirname(file), name));
  const configuration = await readWithoutSecrets(file, context.environment);
  const trusted = context.common.trustedOwners.flatMap((id) => ['--trust-owner', id]);
  const command = [...ownCommand(), 'pull', '--due', '--quiet', ...trusted, '--config', file] as const;
  const unprintable = command.find((part) => /[\x00-\x1f\x7f]/.test(part));
  if (unprintable !== undefined) {
    throw new IcError('usage', `No schedule can hold the path ${JSON.stringify(unprintable)}.`, {
      hint: 'Give it a name without control characters.',
    });
  }
  return { command, configuration, environmentNames: environmentNamesIn(text), referencedFiles };
}

/** A name of a unit or task, as typed. */
export function checkedName(typed: string | null): string {
  const name = typed ?? 'ic';
  if (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) return name;
  throw usageError(`--name ${name}: letters, digits, - and _ make a name.`);
}
