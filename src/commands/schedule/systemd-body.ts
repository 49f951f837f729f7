import { chmod, chown, readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFileAtomically } from '../../platform/atomic-file.ts';
import { IcError } from '../../platform/errors.ts';
import { errorCode, isErrorCode, orIoError } from '../../platform/io-error.ts';
import { makeDirectories } from '../../platform/make-directories.ts';
import { type ProgramResult, runProgram } from '../../platform/run-program.ts';
import type { Arguments, CommandBody, CommandContext } from '../command.ts';
import { usageError } from '../usage-error.ts';
import { checkedName, type ScheduledRun, scheduledRun } from './scheduled-run.ts';
import { idsOf, type UserIds, unreadableBy } from './service-user.ts';
import {
  renderService,
  renderTimer,
  type ServiceOptions,
  type UnitOptions,
  unitMark,
  writtenDirectories,
} from './systemd-units.ts';
import { usedPaths } from './used-paths.ts';

interface Unit {
  readonly path: string;
  readonly text: string;
}

/** `ic schedule systemd` */
export const scheduleSystemdBody: CommandBody = async (arguments_, context) => {
  if (context.platform !== 'linux') throw usageError('systemd is for Linux alone.');
  const run = await scheduledRun(context);
  const options = { user: userOf(arguments_), name: checkedName(arguments_.text('name')) };
  const used = await usedPaths(run);
  const units = unitsOf(run, { ...options, used }, unitDirectory(arguments_, context));
  const isInstalled = arguments_.flag('install');
  const done = isInstalled ? await install(run, units, options, context) : [];
  const { io, common } = context;
  if (common.json) {
    const result = { command: 'schedule systemd', exit_code: 0, installed: isInstalled, files: units, done };
    io.output.write(`${JSON.stringify(result)}\n`);
  } else if (!isInstalled) {
    io.output.write(units.map(({ path, text }) => `# ${path}\n${text}`).join('\n'));
    if (!common.quiet) {
      io.error.write('sudo ic schedule systemd --install, with the same flags, writes and starts this.\n');
    }
  } else if (!common.quiet) io.output.write(done.map((line) => `${line}\n`).join(''));
  return 0;
};

/** Null for root. */
function userOf(arguments_: Arguments): string | null {
  const user = arguments_.text('user') ?? userInfo().username;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(user)) throw usageError(`--user ${user} is no user’s name.`);
  return user === 'root' ? null : user;
}

function unitDirectory(arguments_: Arguments, { workingDirectory }: CommandContext): string {
  return resolve(workingDirectory, arguments_.text('unit-directory') ?? '/etc/systemd/system');
}

function unitsOf(run: ScheduledRun, options: ServiceOptions, directory: string): readonly Unit[] {
  return [
    { path: join(directory, `${options.name}.service`), text: renderService(run, options) },
    { path: join(directory, `${options.name}.timer`), text: renderTimer(options) },
  ];
}

/** Resolves with what was done, in sentences. */
async function install(
  run: ScheduledRun,
  units: readonly Unit[],
  { user, name }: UnitOptions,
  context: CommandContext,
): Promise<readonly string[]> {
  for (const { path } of units) await refuseForeign(path);
  const owner = user === null ? null : await idsOf(user);
  const made = await prepareDirectories(writtenDirectories(run.configuration), owner);
  for (const { path, text } of units) {
    context.signal.throwIfAborted();
    await writeFileAtomically(path, Buffer.from(text));
    await orIoError(chmod(path, 0o644), path, 'write');
  }
  await systemctl(['daemon-reload']);
  await systemctl(['enable', '--now', `${name}.timer`]);
  return [
    ...made.map((directory) => `Made ${directory}.`),
    ...units.map(({ path }) => `Wrote ${path}.`),
    `Started ${name}.timer: what is due is pulled, each minute.`,
    `systemctl list-timers ${name}.timer shows it, journalctl -u ${name} what it says.`,
    ...(user === null ? [] : await unreadableBy(user, run.configuration.file)),
  ];
}

async function refuseForeign(path: string): Promise<void> {
  const present = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isErrorCode(error, 'ENOENT')) return unitMark;
    throw error;
  });
  if (present.startsWith(unitMark)) return;
  throw new IcError('io', `${path} is there already, and ic did not write it.`, {
    hint: 'Choose another name with --name, or remove the file.',
  });
}

/** systemd makes paths writable only if they are there when the service starts. */
async function prepareDirectories(
  directories: readonly string[],
  owner: UserIds | null,
): Promise<readonly string[]> {
  const prepared: string[] = [];
  for (const directory of directories) {
    const made = await orIoError(makeDirectories(directory, 0o750), directory, 'make');
    if (made.length > 0) prepared.push(directory);
    if (owner !== null) for (const path of made) await giveTo(owner, path);
  }
  return prepared;
}

async function giveTo({ uid, gid }: UserIds, path: string): Promise<void> {
  if ((await stat(path)).uid !== uid) await orIoError(chown(path, uid, gid), path, 'give away');
}

async function systemctl(parameters: readonly string[]): Promise<void> {
  const result = await runSystemctl(parameters);
  if (result.exitCode === 0) return;
  throw new IcError('io', `systemctl ${parameters.join(' ')} failed: ${result.stderr.trim()}`, {
    hint: 'Run it again as root, on a machine that systemd runs; the units are written already.',
  });
}

async function runSystemctl(parameters: readonly string[]): Promise<ProgramResult> {
  try {
    return await runProgram('systemctl', parameters, '');
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    throw new IcError('io', 'There is no systemctl on this machine; the units are written.', {
      hint: 'Use ic schedule cron where systemd does not run.',
      cause,
    });
  }
}
