import { resolve, win32 } from 'node:path';
import { parseDuration } from '../../config/types/quantities.ts';
import type { Arguments, CommandBody, CommandContext } from '../command.ts';
import { usageError } from '../usage-error.ts';
import { createTask, installTask, writeTask } from './install-task.ts';
import { checkedName, type ScheduledRun, scheduledRun } from './scheduled-run.ts';
import { readTaskAccount } from './task-account.ts';
import { renderTask, type TaskOptions } from './task-xml.ts';

/** `ic schedule windows` */
export const scheduleWindowsBody: CommandBody = async (arguments_, context) => {
  const name = checkedName(arguments_.text('name'));
  const options = {
    account: readTaskAccount(arguments_.text('user') ?? 'SYSTEM'),
    timeLimit: limitOf(arguments_),
  };
  const run = await scheduledRun(context);
  const output = arguments_.text('output');
  const file = output === null ? null : resolve(context.workingDirectory, output);
  if (file !== null) await writeTask(file, run, options);
  const isInstalled = arguments_.flag('install');
  if (isInstalled) {
    if (context.platform !== 'win32') {
      throw usageError('Task Scheduler is on Windows alone; -o FILE writes a task for it.');
    }
    await installTask(name, run, options);
  }
  const importLine = lineOf(createTask(name, file ?? win32.join('%TEMP%', `${name}.xml`), options));
  say(context, { name, run, options, file, isInstalled, importLine });
  return 0;
};

interface Done {
  readonly name: string;
  readonly run: ScheduledRun;
  readonly options: TaskOptions;
  readonly file: string | null;
  readonly isInstalled: boolean;
  readonly importLine: string;
}

function limitOf(arguments_: Arguments): number {
  const typed = arguments_.text('time-limit') ?? '3d';
  const seconds = parseDuration(typed);
  if (seconds !== null) return seconds;
  throw usageError(`--time-limit ${typed} is no duration: write 12h, 3d, or 0 for none.`);
}

function lineOf(parameters: readonly string[]): string {
  const words = parameters.map((word) => (/^[\w/*.%\\:-]+$/.test(word) ? word : `"${word}"`));
  return ['schtasks', ...words].join(' ');
}

function say(
  { io, common }: CommandContext,
  { name, run, options, file, isInstalled, importLine }: Done,
): void {
  const task = renderTask(run, options, null);
  if (common.json) {
    const result = { installed: isInstalled, file, task, import: importLine };
    io.output.write(`${JSON.stringify({ command: 'schedule windows', exit_code: 0, ...result })}\n`);
    return;
  }
  if (file === null && !isInstalled) io.output.write(task);
  if (common.quiet) return;
  if (file !== null) io.output.write(`Wrote ${file}. Import it from an elevated prompt:\n  ${importLine}\n`);
  if (isInstalled)
    io.output.write(`Task Scheduler has the task ${name}: what is due is pulled, each minute.\n`);
  if (file === null && !isInstalled) {
    io.error.write(`Save this as a file, or have it written with -o FILE. To import it:\n  ${importLine}\n`);
  }
  if (run.environmentNames.length > 0) {
    const names = run.environmentNames.join(', ');
    io.error.write(
      `The configuration takes ${names} from the environment: set them for the whole machine (setx /M).\n`,
    );
  }
}
