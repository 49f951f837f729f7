import { access } from 'node:fs/promises';
import { placeForNew } from '../config/find.ts';
import type { CheckResult } from '../platform/check-result.ts';
import { IcError } from '../platform/errors.ts';
import type { Arguments, CommandBody, CommandContext } from './command.ts';
import type { Answers } from './init/answers.ts';
import { answersFromFlags, requireAll } from './init/flags.ts';
import { interview } from './init/interview.ts';
import { tryAnswers } from './init/try-answers.ts';
import { refuseExisting, type Written, writeConfiguration } from './init/write-configuration.ts';
import { findOptions } from './load-configuration.ts';
import { usageError } from './usage-error.ts';

/** `ic init`: nothing is written before every answer is there. */
export const initBody: CommandBody = async (arguments_, context) => {
  const file = placeForNew(findOptions(context));
  await refuseExisting(file);
  const answers = await answersFor(arguments_, context, file);
  context.signal.throwIfAborted();
  const written = await writeConfiguration(file, answers, context);
  await say(written, context);
  return 0;
};

async function answersFor(arguments_: Arguments, context: CommandContext, file: string): Promise<Answers> {
  if (!arguments_.flag('yes')) {
    if (context.io.interactive && !context.common.json) return interview(arguments_, context, file);
    throw usageError('There is no terminal to ask on: give --yes, and flags for the answers.');
  }
  const answers = requireAll(await answersFromFlags(arguments_, context), arguments_);
  if (!arguments_.flag('offline')) await tryAll(answers, file, context);
  return answers;
}

/** Throws the first failure. */
async function tryAll(answers: Answers, file: string, context: CommandContext): Promise<void> {
  for (const part of ['transfer', 'destination', 'mail'] as const) {
    for await (const result of tryAnswers(part, answers, file, context)) {
      if (!result.ok) throw failure(result);
      if (result.warning && !context.common.quiet) {
        context.io.error.write(
          `ic: ${result.subject} ${result.name}: ${result.message}\n  ${result.hint ?? ''}\n`,
        );
      }
    }
  }
}

function failure({ subject, name, message, hint, error }: CheckResult): IcError {
  const remedy = `${hint ?? ''} With --offline, ic init tries nothing.`.trim();
  return new IcError(error?.code ?? 'internal', `Nothing was written: ${subject} ${name}: ${message}`, {
    hint: remedy,
    cause: error,
  });
}

async function say({ file, keySource }: Written, context: CommandContext): Promise<void> {
  const { io, common } = context;
  const next = await nextSteps(file, context);
  if (common.json) {
    const result = {
      command: 'init',
      exit_code: 0,
      file,
      key_source: keySource,
      next: next.map(([line]) => line),
    };
    io.output.write(`${JSON.stringify(result)}\n`);
    return;
  }
  if (common.quiet) return;
  const key = keySource === null ? '' : `Its secrets are encrypted with ${keySource}: keep a copy of that.\n`;
  const width = Math.max(...next.map(([line]) => line.length));
  const steps = next.map(([line, meaning]) => `  ${line.padEnd(width)}   ${meaning}\n`).join('');
  io.output.write(`Wrote ${file}.\n${key}\nNext:\n${steps}`);
}

async function nextSteps(
  file: string,
  context: CommandContext,
): Promise<readonly (readonly [line: string, meaning: string])[]> {
  const { common, platform } = context;
  // Named by the environment or by its place, it will be found again.
  const flag = common.config === null ? '' : ` -c ${/\s/.test(file) ? `"${file}"` : file}`;
  const scheduler = await schedulerFor(platform);
  const root = scheduler === 'systemd' ? 'sudo ' : '';
  return [
    [`ic check${flag}`, 'test everything again, whenever you like'],
    [`ic pull${flag}`, 'the first pull'],
    [`${root}ic schedule ${scheduler} --install${flag}`, 'have it run by itself from now on'],
    [`ic status${flag}`, 'what was done, and when it is due again'],
  ];
}

async function schedulerFor(platform: NodeJS.Platform): Promise<'windows' | 'systemd' | 'cron'> {
  if (platform === 'win32') return 'windows';
  const runsSystemd = await access('/run/systemd/system').then(
    () => true,
    () => false,
  );
  return runsSystemd ? 'systemd' : 'cron';
}
