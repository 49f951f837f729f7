import { readFileSync } from 'node:fs';
import { chmod, chown, stat } from 'node:fs/promises';
import { IcError } from './errors.ts';
import type { FileSystem, OpenFile } from './file-system.ts';
import { isErrorCode, orIoError } from './io-error.ts';
import { makeDirectories } from './make-directories.ts';

/** `mode` and `group` of a destination: null where the configuration leaves them to `ic`. */
export interface Sharing {
  /** Of files; directories can be entered where they can be read. */
  readonly mode: number | null;
  /** A name or an id. */
  readonly group: string | null;
}

export const notShared: Sharing = { mode: null, group: null };

/** What those are in numbers. Throws an `IcError` of code `configuration` for a group that is not there. */
export interface Rights {
  readonly mode: number | null;
  readonly gid: number | null;
}

export function rightsOf({ mode, group }: Sharing): Rights {
  return { mode, gid: group === null || process.platform === 'win32' ? null : groupId(group) };
}

function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const lines = textOf('/etc/group').split('\n');
  const [, , id] = lines.map((line) => line.split(':')).find(([name]) => name === group) ?? [];
  if (id !== undefined) return Number(id);
  throw new IcError('configuration', `There is no group ${group} in /etc/group.`, {
    hint: 'Write group = with the name of a group, or with its id where a directory service knows it: getent group NAME prints it.',
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** 0640 → 0750; what is made in a directory of a group is the group's as well. */
export function directoryModeOf({ mode, gid }: Rights): number {
  const known = mode ?? 0o640;
  return known | ((known & 0o444) >> 2) | (gid === null ? 0 : 0o2000);
}

/** Of a lock: who may write to a shared archive has to lock it. */
export function lockModeOf({ mode, gid }: Rights): number {
  return gid === null ? 0o600 : (mode ?? 0o640) & 0o660;
}

/** A file system where what is made gets the mode and the group of the destination. */
export function sharedFileSystem(base: FileSystem, sharing: Sharing): FileSystem {
  if (sharing.mode === null && sharing.group === null) return base;
  let known: Rights | null = null;
  const rights = () => (known ??= rightsOf(sharing));
  return {
    ...base,
    rights,
    open: async (path, flags, mode) => {
      const file = await base.open(path, flags, mode);
      if (flags === 'r' || flags === 'directory') return file;
      try {
        await give(file, path, rights(), sharing);
        return file;
      } catch (error) {
        // What another member of the group has made, was given its rights then.
        if (flags !== 'wx' && error instanceof IcError && isErrorCode(error.cause, 'EPERM')) return file;
        await file.close();
        if (flags === 'wx') await base.unlink(path).catch(() => {});
        throw error;
      }
    },
    mkdir: async (path) => {
      await base.mkdir(path);
      await giveDirectory(path, rights(), sharing);
    },
  };
}

/** Creates what is missing of a path. Throws an `io` error. */
export async function makeSharedDirectories(path: string, sharing: Sharing): Promise<void> {
  const made = await orIoError(makeDirectories(path), path, 'create');
  if (sharing.mode === null && sharing.group === null) return;
  for (const directory of made) await giveDirectory(directory, rightsOf(sharing), sharing);
}

async function give(file: OpenFile, path: string, rights: Rights, sharing: Sharing): Promise<void> {
  try {
    await file.setRights(rights);
  } catch (error) {
    throw explained(error, path, sharing);
  }
}

async function giveDirectory(path: string, rights: Rights, sharing: Sharing): Promise<void> {
  const wanted = directoryModeOf(rights);
  const found = await stat(path);
  if ((found.mode & 0o7777) === wanted && (rights.gid ?? found.gid) === found.gid) return;
  try {
    if (rights.gid !== null) await chown(path, found.uid, rights.gid);
    await chmod(path, wanted);
  } catch (error) {
    throw explained(error, path, sharing);
  }
}

function explained(error: unknown, path: string, { group }: Sharing): unknown {
  if (!isErrorCode(error, 'EPERM') || group === null) return error;
  return new IcError(
    'io',
    `Cannot give ${path} to the group ${group}: the system does not permit it (EPERM).`,
    {
      hint: `Make the user that runs ic a member of the group ${group} (usermod -aG ${group} USER), or write another group.`,
      cause: error,
    },
  );
}
