import { findConfiguration } from '../config/find.ts';
import { dropOlderKeys, type KeyOptions, loadKey, rotateKey } from '../config/key-file.ts';
import { readForRewriting, rewriteValues, type WrittenValue } from '../config/rewrite.ts';
import { decryptSecret, encryptSecret, type KeyRing } from '../config/secrets.ts';
import { IcError, toIcError } from '../platform/errors.ts';
import { removeUnfinished, replaceOwnerFile } from '../platform/owner-file.ts';
import type { CommandBody } from './command.ts';
import { whileKeysAreLocked } from './key-lock.ts';
import { findOptions } from './load-configuration.ts';

/**
 * `ic secret rotate`: what cannot be decrypted stops it before anything is written. The key file comes first, so that
 * whatever is read between the two writes can be decrypted.
 */
export const secretRotateBody: CommandBody = async (arguments_, context) => {
  const { environment: env, platform, io, common } = context;
  const configuration = await findConfiguration(findOptions(context));
  const options: KeyOptions = { configuration, env, platform };
  return whileKeysAreLocked(configuration, context.signal, async () => {
    const text = await readForRewriting(configuration, env);
    decryptEvery(text, await loadKey(options));
    const ring = await newRing(options);
    const { rewritten, count } = encryptAnew(text, ring);
    if (count > 0) await replaceOwnerFile(configuration, rewritten, options);
    for (const file of [configuration, ...(env.IC_KEY ? [] : [ring.source])]) await removeUnfinished(file);
    if (arguments_.flag('drop-old-keys') && !env.IC_KEY) await dropOlderKeys(ring, options);
    const message = `${count} ${count === 1 ? 'value' : 'values'} of ${configuration} encrypted with the new key of ${ring.source}.`;
    if (common.json) {
      const result = {
        command: 'secret rotate',
        exit_code: 0,
        values: count,
        key_source: ring.source,
        message,
      };
      io.output.write(`${JSON.stringify(result)}\n`);
    } else if (!common.quiet) io.output.write(`${message}\n`);
    return 0;
  });
};

/** A key in the environment is put there by others: here it is enough that there is a newer one. */
async function newRing(options: KeyOptions): Promise<KeyRing> {
  if (!options.env.IC_KEY) return rotateKey(options);
  const ring = await loadKey(options);
  return ring.keys.length > 1 ? ring : rotateKey(options);
}

function decryptEvery(text: string, ring: KeyRing): void {
  const problems: string[] = [];
  rewriteValues(text, (written) => {
    if (isOurs(written)) {
      try {
        decryptSecret(written.value, ring, written);
      } catch (error) {
        problems.push(`[${written.section}] ${written.key} ${toIcError(error).message}`);
      }
    }
    return null;
  });
  if (problems.length === 0) return;
  throw new IcError('configuration', `Nothing was changed: ${problems.join('; ')}.`, {
    hint: 'Put back the key that encrypted it, or encrypt the secret anew with ic secret encrypt.',
  });
}

function encryptAnew(text: string, ring: KeyRing): { readonly rewritten: string; readonly count: number } {
  let count = 0;
  const rewritten = rewriteValues(text, (written) => {
    if (!isOurs(written)) return null;
    count += 1;
    return encryptSecret(decryptSecret(written.value, ring, written), ring, written);
  });
  return { rewritten, count };
}

function isOurs({ value }: WrittenValue): boolean {
  return value.startsWith('enc:') && !value.startsWith('enc:dpapi:');
}
