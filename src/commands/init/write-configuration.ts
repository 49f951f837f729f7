import { access } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { keyFileOf, loadKey } from '../../config/key-file.ts';
import { encryptSecret, type KeyRing } from '../../config/secrets.ts';
import { linkExclusively } from '../../platform/atomic-file.ts';
import { IcError } from '../../platform/errors.ts';
import { isErrorCode, orIoError } from '../../platform/io-error.ts';
import { makeDirectories } from '../../platform/make-directories.ts';
import { writeOwnerFile } from '../../platform/owner-file.ts';
import { discard, temporaryName } from '../../platform/temporary-file.ts';
import type { CommandContext } from '../command.ts';
import type { Answers, Secret } from './answers.ts';
import { placesFor, renderAnswers, type WriteSecret } from './render.ts';

export interface Written {
  readonly file: string;
  /** What encrypted the secrets: a path, or `IC_KEY`; null when nothing was encrypted. */
  readonly keySource: string | null;
}

/** Throws a `configuration` error when there is something at `file` already. */
export async function refuseExisting(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    (error: unknown) => !isErrorCode(error, 'ENOENT', 'ENOTDIR'),
  );
  if (isThere) throw existing(file);
}

function existing(file: string): IcError {
  return new IcError('configuration', `${file} is there already; ic init never overwrites.`, {
    hint: 'Edit it and run ic check, or write another one: ic init --config OTHER.',
  });
}

/** Writes the configuration for its owner alone, its key before it. What fails leaves neither behind. */
export async function writeConfiguration(
  file: string,
  answers: Answers,
  context: CommandContext,
): Promise<Written> {
  const { environment: env, platform } = context;
  const directory = dirname(file);
  await orIoError(makeDirectories(directory), directory, 'make');
  const keyFile = keyFileOf(file);
  const hadKey = await isReadable(keyFile);
  const ring = needsKey(answers) ? await loadKey({ configuration: file, env, platform, create: true }) : null;
  try {
    const text = renderAnswers(answers, placesFor(file), secretWriter(ring));
    await makePlaces(file);
    await writeExclusively(file, text, { env, platform });
  } catch (error) {
    if (ring?.source === keyFile && !hadKey) await discard(keyFile);
    throw error;
  }
  return { file, keySource: ring?.source ?? null };
}

function isReadable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function needsKey({ site, destination, mail }: Answers): boolean {
  const secrets: readonly (Secret | null | undefined)[] = [
    site?.account.secret,
    destination?.type === 'sql-server' ? destination.connectionString : null,
    mail?.login?.password,
  ];
  return secrets.some((secret) => secret && secret.reference === null);
}

function secretWriter(ring: KeyRing | null): WriteSecret {
  return ({ text, reference }, place) => {
    if (reference !== null) return reference;
    if (ring === null) throw new TypeError('A secret is to be encrypted, and no key was loaded');
    return encryptSecret(text, ring, place);
  };
}

/** State and log have directories of their own where they are not beside the configuration. */
async function makePlaces(file: string): Promise<void> {
  const { state, log } = placesFor(file);
  for (const path of [state, log].filter(isAbsolute)) {
    await orIoError(makeDirectories(dirname(path), 0o750), dirname(path), 'make');
  }
}

async function writeExclusively(
  file: string,
  text: string,
  options: Parameters<typeof writeOwnerFile>[2],
): Promise<void> {
  const temporary = temporaryName(dirname(file));
  await writeOwnerFile(temporary, text, options);
  try {
    if (await linkExclusively(temporary, file)) return;
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  await discard(temporary);
  throw existing(file);
}
