import { IcError } from '../platform/errors.ts';
import { type Decrypted, decryptWithDpapi, isDpapi } from './dpapi.ts';
import { type KeyOptions, loadKey } from './key-file.ts';
import { decryptSecret, type KeyRing } from './secrets.ts';

/** What each encrypted value hides, or why it cannot be read. The keys are loaded once, and only if they are needed. */
export async function decryptAll(
  values: readonly string[],
  options: KeyOptions,
): Promise<ReadonlyMap<string, Decrypted>> {
  const ofWindows = values.filter(isDpapi);
  const ours = values.filter((value) => !isDpapi(value));
  const decrypted = new Map<string, Decrypted>();
  if (ofWindows.length > 0) {
    const results = await decryptWithDpapi(ofWindows, options);
    for (const [index, result] of results.entries()) decrypted.set(ofWindows[index] ?? '', result);
  }
  if (ours.length > 0) {
    const ring = await attempt(() => loadKey(options));
    for (const value of ours)
      decrypted.set(value, 'error' in ring ? ring : await decrypt(value, ring.result));
  }
  return decrypted;
}

async function decrypt(value: string, ring: KeyRing): Promise<Decrypted> {
  const outcome = await attempt(async () => decryptSecret(value, ring));
  return 'error' in outcome ? outcome : { text: outcome.result };
}

async function attempt<T>(
  operation: () => Promise<T>,
): Promise<{ readonly result: T } | { readonly error: IcError }> {
  try {
    return { result: await operation() };
  } catch (error) {
    if (error instanceof IcError) return { error };
    throw error;
  }
}
