import { chmod, chown, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renameDurably } from './atomic-file.ts';
import { IcError } from './errors.ts';
import { isErrorCode, orIoError } from './io-error.ts';
import { runPowerShell } from './powershell.ts';
import { realPath } from './real-path.ts';
import { type Run, runProgram, systemProgram } from './run-program.ts';
import { discard, removeStaleTemporaries, temporaryName, temporaryPrefix } from './temporary-file.ts';

/** Told apart from the files of a run, which may be beside them and take longer to write. */
const ownPrefix = `${temporaryPrefix}own-`;

/** From what age on an unfinished file can be none that somebody is writing. */
const staleMs = 60_000;

/** What restricting a file takes, as values for tests. */
export interface AccessOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform | undefined;
  /** Runs what looks after rights on Windows. */
  readonly run?: Run | undefined;
}

/** Writes a new file that nobody else can read at any moment. What fails leaves none behind. */
export async function writeOwnerFile(path: string, text: string, options: AccessOptions): Promise<void> {
  const file = await orIoError(open(path, 'wx', 0o600), path, 'write');
  try {
    await restrictToOwner(path, options);
    await orIoError(file.writeFile(text), path, 'write');
    await orIoError(file.sync(), path, 'write');
  } catch (error) {
    await discard(path);
    throw error;
  } finally {
    await file.close();
  }
}

/** Puts `text` in the place of what the file at `path` holds, whole or not at all; who may read it stays as it is. */
export async function replaceOwnerFile(path: string, text: string, options: AccessOptions): Promise<void> {
  const target = await orIoError(realPath(path), path, 'write');
  const temporary = temporaryName(dirname(target), ownPrefix);
  await writeOwnerFile(temporary, text, options);
  try {
    await copyAccess(target, temporary, options);
    await renameDurably(temporary, target);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}

/** Removes what a killed `replaceOwnerFile` of the file at `path` left beside it: it may hold secrets. */
export async function removeUnfinished(path: string): Promise<void> {
  const target = await orIoError(realPath(path), path, 'read');
  await removeStaleTemporaries(dirname(target), staleMs, {
    isTemporary: (name) => name.startsWith(ownPrefix),
  });
}

/**
 * Windows has no modes: there, inherited rights are dropped, and the owner, the system and administrators stay. A
 * service account that is to read the file needs to be given the right.
 */
async function restrictToOwner(path: string, options: AccessOptions): Promise<void> {
  const { platform = process.platform, env, run = runProgram } = options;
  if (platform !== 'win32') return chmod(path, 0o600);
  const user = [env.USERDOMAIN, env.USERNAME].filter(Boolean).join('\\');
  const grants = ['*S-1-5-18:F', '*S-1-5-32-544:F', ...(user === '' ? [] : [`${user}:F`])];
  const { exitCode, stderr } = await run(
    systemProgram('icacls', env),
    [path, '/inheritance:r', '/grant:r', ...grants],
    '',
  );
  if (exitCode === 0) return;
  throw new IcError('io', `Cannot restrict ${path} to its owner: ${stderr.trim()}`, {
    hint: 'Put the configuration into a directory on an NTFS disk of this machine.',
  });
}

async function copyAccess(from: string, to: string, options: AccessOptions): Promise<void> {
  const { platform = process.platform } = options;
  if (platform === 'win32') return copyRights(from, to, options);
  const { mode, uid, gid } = await orIoError(stat(from), from, 'read');
  // Only root may give a file away; whoever else writes here owns the file, or could not have read it.
  await chown(to, uid, gid).catch((error: unknown) => {
    if (!isErrorCode(error, 'EPERM')) throw error;
  });
  await orIoError(chmod(to, mode & 0o7777), to, 'write');
}

/** Paths go by standard input, which knows no quotes. Only the list of rights is set: giving away takes privileges. */
async function copyRights(from: string, to: string, options: AccessOptions): Promise<void> {
  const { env, run = runProgram } = options;
  const script = [
    '$ErrorActionPreference = "Stop"',
    '[Console]::InputEncoding = [Text.Encoding]::UTF8',
    '$from = [Console]::In.ReadLine(); $to = [Console]::In.ReadLine()',
    '$rights = [IO.File]::GetAccessControl($from, "Access").GetSecurityDescriptorSddlForm("Access")',
    '$copy = New-Object Security.AccessControl.FileSecurity',
    '$copy.SetSecurityDescriptorSddlForm($rights, "Access")',
    '[IO.File]::SetAccessControl($to, $copy)',
  ];
  const { exitCode, stderr } = await runPowerShell(script, `${from}\n${to}\n`, { env, run });
  if (exitCode === 0) return;
  throw new IcError('io', `Cannot give ${to} the rights of ${from}: ${stderr.trim()}`, {
    hint: 'Run again as an administrator.',
  });
}
