import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { linkExclusively } from '../platform/atomic-file.ts';
import { IcError } from '../platform/errors.ts';
import { isErrorCode, isNotOwnFile } from '../platform/io-error.ts';
import { type AccessOptions, replaceOwnerFile, writeOwnerFile } from '../platform/owner-file.ts';
import { discard, temporaryName } from '../platform/temporary-file.ts';
import { readTrustedFile, UntrustedFile } from '../platform/trusted-file.ts';
import { type KeyRing, newKey, noKey, parseKey, type SecretKey } from './secrets.ts';

export interface KeyOptions extends AccessOptions {
  /** The configuration's path: the key file is beside it. */
  readonly configuration: string;
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
  return parseRing(await readKeyFile(path, options.env), path);
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
  const older = await readKeyFile(path, options.env);
  const { keys } = parseRing(older, path);
  const ring = { source: path, keys: [newKey(), ...keys] };
  await replaceOwnerFile(path, linesOf(ring.keys), options);
  return ring;
}

/** Leaves only the newest key in the key file: what older ones encrypted can no longer be read. */
export async function dropOlderKeys({ source, keys }: KeyRing, options: KeyOptions): Promise<void> {
  await replaceOwnerFile(source, linesOf(keys.slice(0, 1)), options);
}

async function readKeyFile(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await readTrustedFile(path, env)).toString();
  } catch (cause) {
    if (cause instanceof UntrustedFile) {
      throw new IcError('configuration', `The key file ${path} ${cause.message}`, {
        hint: cause.remedy,
        cause,
      });
    }
    const missing = isErrorCode(cause, 'ENOENT');
    const why = isNotOwnFile(cause) ? (cause as Error).message.replace(/^it /, '') : 'cannot be read';
    throw new IcError('configuration', `The key file ${path} ${missing ? 'does not exist' : why}`, {
      hint: missing
        ? 'Put back the key that encrypted the secrets, or set IC_KEY; ic secret encrypt makes a new key.'
        : 'Let the user that runs ic read it, and nobody else.',
      cause,
    });
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
  await writeOwnerFile(temporary, linesOf([newKey()]), options);
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
