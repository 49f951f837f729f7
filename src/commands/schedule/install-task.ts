import { tmpdir } from 'node:os';
import { IcError } from '../../platform/errors.ts';
import { writeOutputFile } from '../../platform/output-file.ts';
import { runInForeground, systemProgram } from '../../platform/run-program.ts';
import { discard, temporaryName } from '../../platform/temporary-file.ts';
import type { ScheduledRun } from './scheduled-run.ts';
import { renderTask, type TaskOptions } from './task-xml.ts';

/** Hands the task to Task Scheduler, in the place of one of that name. Throws `io` when it is refused. */
export async function installTask(name: string, run: ScheduledRun, options: TaskOptions): Promise<void> {
  const file = `${temporaryName(tmpdir())}.xml`;
  try {
    await writeTask(file, run, options);
    // In the foreground, because schtasks itself asks for the password of an account.
    const exitCode = await runInForeground(systemProgram('schtasks'), createTask(name, file, options));
    if (exitCode === 0) return;
    throw new IcError('io', `schtasks does not take the task: exit code ${exitCode}.`, {
      hint: 'Run this again from an elevated prompt (Run as administrator), with an account that exists.',
    });
  } finally {
    await discard(file);
  }
}

/** What schtasks is given to take a task from a file. */
export function createTask(name: string, file: string, { account }: TaskOptions): readonly string[] {
  return ['/Create', '/TN', name, '/XML', file, '/F', ...account.parameters];
}

/** schtasks wants what Windows calls Unicode: UTF-16, little endian, with a byte order mark. */
export async function writeTask(file: string, run: ScheduledRun, options: TaskOptions): Promise<void> {
  const text = renderTask(run, options, 'UTF-16').replaceAll('\n', '\r\n');
  await writeOutputFile(file, Buffer.from(`\ufeff${text}`, 'utf16le'));
}
