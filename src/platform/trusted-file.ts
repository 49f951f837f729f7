import { constants, type Stats } from 'node:fs';
import { lstat, open, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { directoryInTheWay, notOwnFile } from './io-error.ts';
import { kindOf } from './own-file.ts';
import { realPath } from './real-path.ts';

/**
 * Whose files decide what `ic` does: a configuration, what it takes values from, its keys, a plugin. Whoever may write
 * one of them acts with the rights of the user that runs `ic`. So, as with sudo and ssh, it and its directory must belong
 * to root, to that user or to one who is trusted by name, and nobody else may write to them:
 *
 * - A group may, when nobody is in it but those: a group of one's own, as many systems give to each user.
 * - Others may write to a directory where only the owner of a file may remove it (mode 1777, as /tmp has it).
 *
 * Links are followed, as secrets of containers are links: then this holds for the link and for what it leads to.
 * Windows has no such owners and modes: there, nothing is refused.
 */
export class UntrustedFile extends Error {
  /** What helps, as a sentence. */
  readonly remedy: string;

  /** `message` completes a sentence about the file: `belongs to …`. */
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Who is trusted besides root and the user that runs this: user ids in `IC_TRUST_OWNER`, which `--trust-owner` adds to. */
export function trustedOwners(env: NodeJS.ProcessEnv): ReadonlySet<number> {
  const user = process.geteuid?.() ?? 0;
  const named = (env.IC_TRUST_OWNER ?? '').split(/[\s,]+/).filter((id) => /^\d+$/.test(id));
  return new Set([0, user, ...named.map(Number)]);
}

/** What a trusted file holds. Throws `UntrustedFile`, or the system's error; does not wait for a pipe. */
export async function readTrustedFile(path: string, env: NodeJS.ProcessEnv): Promise<Buffer> {
  const handle = await openRegular(path);
  try {
    await refuseUntrusted(path, env, await handle.stat());
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** What a file holds that is looked after elsewhere. Throws the system's error; does not wait for a pipe. */
export async function readRegularFile(path: string): Promise<Buffer> {
  const handle = await openRegular(path);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function openRegular(path: string) {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const found = await handle.stat();
  if (found.isFile()) return handle;
  await handle.close();
  throw found.isDirectory()
    ? directoryInTheWay('read', path)
    : notOwnFile('open', path, `is ${kindOf(found)}`);
}

/** Throws `UntrustedFile` for a file, `found` being what the path leads to. */
export async function refuseUntrusted(path: string, env: NodeJS.ProcessEnv, found?: Stats): Promise<void> {
  if (process.geteuid === undefined) return;
  const trusted = trustedOwners(env);
  const real = await realPath(path);
  await refuse(real, 'it', found ?? (await stat(real)), trusted);
  await refuseDirectory(dirname(real), trusted);
  const link = await lstat(path);
  if (link.isSymbolicLink()) refuseOwner(path, 'the link', link, trusted);
  const directory = await realPath(dirname(resolve(path)));
  if (directory !== dirname(real)) await refuseDirectory(directory, trusted);
}

async function refuseDirectory(path: string, trusted: ReadonlySet<number>): Promise<void> {
  const found = await stat(path);
  const isSticky = (found.mode & 0o1000) !== 0;
  if (isSticky) refuseOwner(path, `its directory ${path}`, found, trusted);
  else await refuse(path, `its directory ${path}`, found, trusted);
}

async function refuse(path: string, what: string, found: Stats, trusted: ReadonlySet<number>): Promise<void> {
  refuseOwner(path, what, found, trusted);
  const others = (found.mode & 0o002) !== 0;
  const group = (found.mode & 0o020) !== 0 && !(await isOfTrusted(found.gid, trusted));
  if (!others && !group) return;
  const who = others ? 'everybody' : `the group with id ${found.gid}`;
  throw new UntrustedFile(
    `is not safe to use: ${what} can be written to by ${who} (mode ${modeOf(found)})`,
    `Run chmod go-w ${path}`,
  );
}

function refuseOwner(path: string, what: string, { uid, mode }: Stats, trusted: ReadonlySet<number>): void {
  if (trusted.has(uid)) return;
  throw new UntrustedFile(
    `is not safe to use: ${what} belongs to the user with id ${uid} (mode ${modeOf({ mode })}), neither to root nor to the user that runs ic`,
    `Run chown ${process.geteuid?.() ?? 0} ${path} and look at what it holds; or, if that user may act with your rights, give --trust-owner ${uid} or set IC_TRUST_OWNER=${uid}.`,
  );
}

function modeOf({ mode }: Pick<Stats, 'mode'>): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** Whether nobody is in a group but trusted users, by the system's files; a group that these do not name may hold anybody. */
async function isOfTrusted(gid: number, trusted: ReadonlySet<number>): Promise<boolean> {
  if (gid === 0) return true;
  const [groups, users] = await Promise.all([linesOf('/etc/group'), linesOf('/etc/passwd')]);
  const [name, , , members = ''] = groups.find(([, , id]) => id === String(gid)) ?? [];
  if (name === undefined) return false;
  const byName = new Set(members.split(',').filter((member) => member !== ''));
  const inGroup = users.filter(([user = '', , , primary]) => primary === String(gid) || byName.has(user));
  const isKnown = [...byName].every((member) => users.some(([user]) => user === member));
  return isKnown && inGroup.every(([, , uid]) => trusted.has(Number(uid)));
}

async function linesOf(path: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.split(':'));
}
