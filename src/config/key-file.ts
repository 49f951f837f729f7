import { access, chmod, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { linkExclusively, renameDurably } from '../platform/atomic-file.ts';
import { IcError } from '../platform/errors.ts';
import { isErrorCode, orIoError } from '../platform/io-error.ts';
import { type Run, runProgram } from '../platform/run-program.ts';
import { discard, temporaryName } from '../platform/temporary-file.ts';
import { type KeyRing, newKey, noKey, parseKey, type SecretKey } from './secrets.ts';

export interface KeyOptions {
  /** The configuration's path: the key file is beside it. */
  readonly configuration: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform | undefined;
  /** Runs what restricts the file to its owner on Windows. */
  readonly run?: Run | undefined;
}

const heading =
  '; Keys for the secrets of the configuration, newest first. Whoever has them can read the secrets.\n';

/** The key file that belongs to a configuration. */
export function keyFileOf(configuration: string): string {
  return join(dirname(configuration), 'ic.key');
}

/**
 * The keys for secrets: those in `IC_KEY`, else those in the key file. With `create`, a key file that is missing is
 * made, for its owner alone. Throws a `configuration` error when there is no usable key.
 */
export async function loadKey(options: KeyOptions & { readonly create?: boolean }): Promise<KeyRing> {
  const fromEnvironment = options.env.IC_KEY?.trim();
  if (fromEnvironment) return parseRing(fromEnvironment, 'IC_KEY');
  const path = keyFileOf(options.configuration);
  if (options.create) await createIfMissing(path, options);
  return parseRing(await readKeyFile(path), path);
}

/**
 * Puts a new key in front of the others: what is encrypted from now on uses it, and what older keys encrypted can
 * still be read. Resolves with all of them.
 */
export async function rotateKey(options: KeyOptions): Promise<KeyRing> {
  if (options.env.IC_KEY) {
    throw new IcError('configuration', 'The key is in IC_KEY, where ic cannot put a new one', {
      hint: 'Write a new key in front of it, separated by a blank, or unset IC_KEY to use the key file.',
    });
  }
  const path = keyFileOf(options.configuration);
  const older = await readKeyFile(path);
  const { keys } = parseRing(older, path);
  const added = newKey();
  const temporary = temporaryName(dirname(path));
  await writeForOwner(temporary, linesOf([added, ...keys]), options);
  await renameDurably(temporary, path);
  return { source: path, keys: [added, ...keys] };
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const missing = isErrorCode(cause, 'ENOENT');
    throw new IcError(
      'configuration',
      `The key file ${path} ${missing ? 'does not exist' : 'cannot be read'}`,
      {
        hint: missing
          ? 'Put back the key that encrypted the secrets, or set IC_KEY; ic secret encrypt makes a new key.'
          : 'Let the user that runs ic read it, and nobody else.',
        cause,
      },
    );
  }
}

function parseRing(text: string, source: string): KeyRing {
  const words = text.split(/\r\n|\r|\n/).flatMap((line) => line.replace(/[;#].*$/, '').split(/[\s,]+/));
  const keys = words.filter((word) => word !== '').map(parseKey);
  const usable = keys.filter((key) => key !== null);
  if (usable.length < keys.length) {
    throw new IcError('configuration', `${source} holds something that is no key`, {
      hint: 'A key is 32 bytes, as base64 (44 characters) or hexadecimal digits (64).',
    });
  }
  if (usable.length === 0) throw noKey({ source });
  return { source, keys: usable };
}

/** Several starts at once may each make a key; the first one to stand under the name is everybody's. */
async function createIfMissing(path: string, options: KeyOptions): Promise<void> {
  if (await isThere(path)) return;
  const temporary = temporaryName(dirname(path));
  await writeForOwner(temporary, linesOf([newKey()]), options);
  if (!(await linkExclusively(temporary, path))) await discard(temporary);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error) => !isErrorCode(error, 'ENOENT'),
  );
}

function linesOf(keys: readonly SecretKey[]): string {
  return heading + keys.map(({ bytes }) => `${Buffer.from(bytes).toString('base64')}\n`).join('');
}

/** Writes a new file that nobody else can read at any moment. What fails leaves none behind. */
async function writeForOwner(path: string, text: string, options: KeyOptions): Promise<void> {
  const file = await orIoError(open(path, 'wx', 0o600), path, 'write the key file');
  try {
    await restrictToOwner(path, options);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await discard(path);
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Windows has no modes: there, inherited rights are dropped, and the owner, the system and administrators stay. A
 * service account that is to read the file needs to be given the right.
 */
async function restrictToOwner(path: string, options: KeyOptions): Promise<void> {
  const { platform = process.platform, env, run = runProgram } = options;
  if (platform !== 'win32') return chmod(path, 0o600);
  const user = [env.USERDOMAIN, env.USERNAME].filter(Boolean).join('\\');
  const grants = ['*S-1-5-18:F', '*S-1-5-32-544:F', ...(user === '' ? [] : [`${user}:F`])];
  const { exitCode, stderr } = await run('icacls', [path, '/inheritance:r', '/grant:r', ...grants], '');
  if (exitCode === 0) return;
  throw new IcError('io', `Cannot restrict ${path} to its owner: ${stderr.trim()}`, {
    hint: 'Put the configuration into a directory on an NTFS disk of this machine.',
  });
}
