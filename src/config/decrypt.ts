import { IcError } from '../platform/errors.ts';
import { type Decrypted, decryptWithDpapi, isDpapi } from './dpapi.ts';
import { type KeyOptions, loadKey } from './key-file.ts';
import { decryptSecret, type KeyRing, type PlaceOfSecret } from './secrets.ts';

/** An encrypted value, and where it stands. */
export interface EncryptedEntry extends PlaceOfSecret {
  readonly value: string;
}

/** What each encrypted value hides, or why it cannot be read. The keys are loaded once, and only if they are needed. */
export async function decryptAll<Encrypted extends EncryptedEntry>(
  entries: readonly Encrypted[],
  options: KeyOptions,
): Promise<ReadonlyMap<Encrypted, Decrypted>> {
  const ofWindows = entries.filter(({ value }) => isDpapi(value));
  const ours = entries.filter(({ value }) => !isDpapi(value));
  const decrypted = new Map<Encrypted, Decrypted>();
  if (ofWindows.length > 0) {
    const results = await decryptWithDpapi(
      ofWindows.map(({ value }) => value),
      options,
    );
    for (const [index, entry] of ofWindows.entries()) decrypted.set(entry, results[index] as Decrypted);
  }
  if (ours.length > 0) {
    const ring = await attempt(() => loadKey(options));
    for (const entry of ours)
      decrypted.set(entry, 'error' in ring ? ring : await decrypt(entry, ring.result));
  }
  return decrypted;
}

async function decrypt(entry: EncryptedEntry, ring: KeyRing): Promise<Decrypted> {
  const outcome = await attempt(async () => decryptSecret(entry.value, ring, entry));
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
