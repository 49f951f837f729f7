import { access, stat } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { IcError } from '../platform/errors.ts';
import { isErrorCode } from '../platform/io-error.ts';
import { trustedOwners } from '../platform/trusted-file.ts';

export interface FindOptions {
  /** What `--config` names. */
  readonly flag?: string | null | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly exists?: (path: string) => Promise<boolean>;
  /** Called with what there is to say of a file that is there and not taken. */
  readonly onPassedOver?: (message: string) => void;
}

/**
 * Which configuration to read, as an absolute path: `--config`, then `$IC_CONFIG`, then `ic.ini` in the working directory,
 * then the platform's place. What is named need not exist, reading it says so; if nothing is named and nothing there,
 * throws a `configuration` error.
 */
export async function findConfiguration(options: FindOptions): Promise<string> {
  const { env, platform, exists = isThere } = options;
  const named = namedConfiguration(options);
  if (named !== null) return named;
  const here = placeForNew(options);
  const place = platformPlace(env, platform);
  const isHere = await exists(here);
  const refusal = isHere ? await whyPassedOver(here, env) : null;
  if (isHere && refusal === null) return here;
  if (await exists(place)) {
    if (refusal !== null) options.onPassedOver?.(`${refusal} ${place} is used.`);
    return place;
  }
  const message = refusal ?? `No configuration found: neither ${here} nor ${place} is there.`;
  throw new IcError('configuration', message, {
    hint: 'Write one with ic init, or name one with --config FILE or IC_CONFIG.',
  });
}

/** What lies in a directory by chance, or was put there for somebody to come by, must not act with the rights of root. */
async function whyPassedOver(path: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (process.geteuid?.() !== 0) return null;
  const owner = await stat(path).then(
    ({ uid }) => uid,
    () => null,
  );
  if (owner === null || trustedOwners(env).has(owner)) return null;
  return `${path} belongs to the user with id ${owner}, and root takes no configuration of others from the working directory. If it is meant, name it: -c ${path}.`;
}

/** Where a new configuration goes, as an absolute path: what is named, else `ic.ini` in the working directory. */
export function placeForNew(options: FindOptions): string {
  return namedConfiguration(options) ?? resolverOf(options)(options.cwd, 'ic.ini');
}

function namedConfiguration(options: FindOptions): string | null {
  const named = options.flag || options.env.IC_CONFIG;
  return named ? resolverOf(options)(options.cwd, named) : null;
}

function resolverOf({ platform }: FindOptions): (...parts: string[]) => string {
  return platform === 'win32' ? win32.resolve : posix.resolve;
}

/** Where a configuration is that serves the whole machine. */
export function platformPlace(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return '/etc/ic/ic.ini';
  return win32.join(env.ProgramData ?? env.PROGRAMDATA ?? 'C:\\ProgramData', 'ic', 'ic.ini');
}

/** A file that may not be looked at is there: reading it will tell what is wrong. */
async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error) => !isErrorCode(error, 'ENOENT', 'ENOTDIR'),
  );
}
