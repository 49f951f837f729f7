import { IcError } from '../../platform/errors.ts';
import { errorCode } from '../../platform/io-error.ts';
import { type ProgramResult, runProgram } from '../../platform/run-program.ts';
import type { CommandBody, CommandContext } from '../command.ts';
import { usageError } from '../usage-error.ts';
import { mergeCrontab, renderCrontab } from './crontab.ts';
import { type ScheduledRun, scheduledRun } from './scheduled-run.ts';
import { unreadableBy } from './service-user.ts';

/** `ic schedule cron` */
export const scheduleCronBody: CommandBody = async (arguments_, context) => {
  const run = await scheduledRun(context);
  const crontab = renderCrontab(run);
  const user = arguments_.text('user');
  const notes = [...notesOn(run), ...(user === null ? [] : await unreadableBy(user, run.configuration.file))];
  const { io, common } = context;
  if (!arguments_.flag('install')) {
    if (common.json) print(context, { installed: false, crontab, notes });
    else io.output.write(crontab);
    tell(context, [...notes, 'ic schedule cron --install puts this into your crontab.']);
    return 0;
  }
  await install(crontab, user, context);
  if (common.json) print(context, { installed: true, crontab, notes });
  else if (!common.quiet) {
    const whose = user === null ? 'Your crontab' : `The crontab of ${user}`;
    io.output.write(`${whose} runs what is due, each minute:\n${crontab}`);
  }
  tell(context, notes);
  return 0;
};

async function install(block: string, user: string | null, context: CommandContext): Promise<void> {
  if (context.platform === 'win32') throw usageError('Windows has no cron: ic schedule windows --install.');
  const whose = user === null ? [] : ['-u', user];
  const present = await crontab([...whose, '-l']);
  if (present.exitCode !== 0 && !/no crontab/i.test(present.stderr)) throw refused(present);
  const merged = mergeCrontab(present.exitCode === 0 ? present.stdout : '', block);
  const written = await crontab([...whose, '-'], merged);
  if (written.exitCode !== 0) throw refused(written);
}

async function crontab(parameters: readonly string[], input = ''): Promise<ProgramResult> {
  try {
    return await runProgram('crontab', parameters, input);
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    throw new IcError('io', 'There is no crontab on this machine.', {
      hint: 'Install cron (on Debian: apt install cron), or use ic schedule systemd.',
      cause,
    });
  }
}

function refused({ stderr, exitCode }: ProgramResult): IcError {
  return new IcError('io', `crontab refuses: ${stderr.trim() || `exit code ${exitCode}`}`, {
    hint: 'Another user’s crontab takes root; /etc/cron.allow may name who may have one.',
  });
}

/** cron starts programs with hardly any environment. */
function notesOn({ environmentNames }: ScheduledRun): readonly string[] {
  if (environmentNames.length === 0) return [];
  return [
    `The configuration takes ${environmentNames.join(', ')} from the environment, which cron does not know: ` +
      'put secrets into the configuration with ic secret encrypt --in-place, or into files with ${file:PATH}.',
  ];
}

function tell({ io, common }: CommandContext, notes: readonly string[]): void {
  if (common.quiet || common.json) return;
  for (const note of notes) io.error.write(`${note}\n`);
}

function print({ io }: CommandContext, result: object): void {
  io.output.write(`${JSON.stringify({ command: 'schedule cron', exit_code: 0, ...result })}\n`);
}
