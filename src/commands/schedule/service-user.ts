import { stat } from 'node:fs/promises';
import { keyFileOf } from '../../config/key-file.ts';
import { runProgram } from '../../platform/run-program.ts';
import { usageError } from '../usage-error.ts';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** Asks the system, which may know users from elsewhere than /etc/passwd. Throws `usage` for one that is not there. */
export async function idsOf(user: string): Promise<UserIds> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => runProgram('id', [flag, '--', user], '')));
  if (uid?.exitCode === 0 && gid?.exitCode === 0) {
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw usageError(`There is no user ${user}. Make one: useradd --system --shell /usr/sbin/nologin ${user}`);
}

/** What to do so that the user can read the configuration and its key, in sentences; groups beyond its own aside. */
export async function unreadableBy(user: string, configuration: string): Promise<readonly string[]> {
  const { uid, gid } = await idsOf(user);
  const checked = [configuration, keyFileOf(configuration)].map(async (path) => {
    const found = await stat(path).catch(() => null);
    if (found === null || uid === 0) return [];
    const mask = found.uid === uid ? 0o400 : found.gid === gid ? 0o040 : 0o004;
    return found.mode & mask ? [] : [path];
  });
  const unreadable = (await Promise.all(checked)).flat();
  if (unreadable.length === 0) return [];
  return [
    `The user ${user} cannot read ${unreadable.join(' and ')} yet: chown ${user} ${unreadable.join(' ')}`,
  ];
}
