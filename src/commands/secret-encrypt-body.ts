import { access } from 'node:fs/promises';
import { encryptWithDpapi } from '../config/dpapi.ts';
import { findConfiguration, placeForNew } from '../config/find.ts';
import { keyFileOf, loadKey } from '../config/key-file.ts';
import { readForRewriting, rewriteValues } from '../config/rewrite.ts';
import { encryptSecret, isBound, type PlaceOfSecret } from '../config/secrets.ts';
import { IcError } from '../platform/errors.ts';
import { replaceOwnerFile } from '../platform/owner-file.ts';
import type { Arguments, CommandBody, CommandContext } from './command.ts';
import { whileKeysAreLocked } from './key-lock.ts';
import { findOptions } from './load-configuration.ts';
import { readSecret } from './read-secret.ts';
import { usageError } from './usage-error.ts';

/** `ic secret encrypt` */
export const secretEncryptBody: CommandBody = async (arguments_, context) => {
  const encrypt = encryption(arguments_, context);
  if (arguments_.flag('in-place')) return encryptInPlace(arguments_.positionals, encrypt, context);
  const place = placeIn(arguments_.positionals);
  const { value, keyFile } = await encrypt(await readSecret(context), await configurationFor(context), place);
  const { io, common } = context;
  if (!isBound(value) && !common.quiet && !common.json) {
    io.error.write(
      'It can be read in any section and key. ic secret encrypt SECTION KEY makes one that is bound to its place.\n',
    );
  }
  if (common.json) {
    io.output.write(
      `${JSON.stringify({ command: 'secret encrypt', exit_code: 0, value, key_file: keyFile })}\n`,
    );
  } else io.output.write(`${value}\n`);
  return 0;
};

interface Encrypted {
  readonly value: string;
  /** Null when the key is elsewhere. */
  readonly keyFile: string | null;
}

type Encrypt = (secret: string, configuration: string, place: PlaceOfSecret | null) => Promise<Encrypted>;

/** Where the value is to stand; null when nobody says. */
function placeIn([section, key, ...more]: readonly string[]): PlaceOfSecret | null {
  if (section === undefined) return null;
  if (key !== undefined && more.length === 0 && isSectionName(section)) return { section, key };
  throw usageError(
    'A secret is never given on the command line, where others see it: type it, or pipe it in.',
  );
}

function isSectionName(text: string): boolean {
  return /^(site|destination|transfer)\.[\w.-]+$|^(notify|state|settings|timestamp|metrics)(\.\w+)?$/.test(
    text,
  );
}

function encryption(arguments_: Arguments, context: CommandContext): Encrypt {
  const { environment: env, platform } = context;
  const scope = arguments_.text('dpapi');
  if (scope === null) {
    return (secret, configuration, place) => encryptWithKey(secret, configuration, place, context);
  }
  if (platform !== 'win32') throw usageError('--dpapi is for Windows alone.');
  return async (secret) => ({
    value: await encryptWithDpapi(secret, scope === 'machine' ? 'machine' : 'user', { env, platform }),
    keyFile: null,
  });
}

async function encryptWithKey(
  secret: string,
  configuration: string,
  place: PlaceOfSecret | null,
  context: CommandContext,
): Promise<Encrypted> {
  const { environment: env, platform, io, common } = context;
  const keyFile = keyFileOf(configuration);
  const wasThere = await access(keyFile).then(
    () => true,
    () => false,
  );
  const ring = await loadKey({ configuration, env, platform, create: true });
  if (ring.source !== keyFile) return { value: encryptSecret(secret, ring, place), keyFile: null };
  if (!wasThere && !common.quiet) {
    io.error.write(`Made the key ${keyFile}. Keep a copy of it: without it, the secret cannot be read.\n`);
  }
  return { value: encryptSecret(secret, ring, place), keyFile };
}

/** The key can be made before there is a configuration: beside where that would be. */
async function configurationFor(context: CommandContext): Promise<string> {
  const options = findOptions(context);
  return findConfiguration(options).catch((error: unknown) => {
    if (error instanceof IcError) return placeForNew(options);
    throw error;
  });
}

async function encryptInPlace(
  [section, key]: readonly string[],
  encrypt: Encrypt,
  context: CommandContext,
): Promise<number> {
  if (section === undefined || key === undefined) {
    throw usageError('Say which value: ic secret encrypt --in-place SECTION KEY.');
  }
  const file = await findConfiguration(findOptions(context));
  const isWanted = (one: { section: string; key: string }): boolean =>
    one.section === section && one.key === key;
  const value = await whileKeysAreLocked(file, context.signal, async () => {
    const text = await readForRewriting(file, context.environment);
    const encrypted = await encrypt(plainValue(text, isWanted, `[${section}] ${key}`), file, {
      section,
      key,
    });
    const rewritten = rewriteValues(text, (one) => (isWanted(one) ? encrypted.value : null));
    await replaceOwnerFile(file, rewritten, { env: context.environment, platform: context.platform });
    return encrypted.value;
  });
  const message = `[${section}] ${key} of ${file} is encrypted now.`;
  const { io, common } = context;
  if (common.json) {
    io.output.write(`${JSON.stringify({ command: 'secret encrypt', exit_code: 0, message, value })}\n`);
  } else if (!common.quiet) io.output.write(`${message}\n`);
  return 0;
}

function plainValue(
  text: string,
  isWanted: (one: { section: string; key: string }) => boolean,
  name: string,
): string {
  const values: string[] = [];
  rewriteValues(text, (one) => {
    if (isWanted(one)) values.push(one.value);
    return null;
  });
  const [value = ''] = values;
  if (values.length > 1) throw usageError(`${name} stands in the configuration twice.`);
  if (value === '') throw usageError(`The configuration has no value for ${name}.`);
  if (value.startsWith('enc:')) throw usageError(`${name} is encrypted already.`);
  if (/(?<!\$)\$\{(env|file):/.test(value)) {
    throw usageError(`${name} takes its value from elsewhere: there is nothing in it to encrypt.`);
  }
  // An encrypted value is not looked at for references, so the sign that keeps them from being one goes.
  return value.replace(/\$(\$\{(?:env|file):)/g, '$1');
}
