/** The hash under which an item stands that will never be had: expired, or given up. It is not asked for again. */
export const neverToBeHad = '0'.repeat(64);

/**
 * A hash as it stands in the ledger: hex takes half the room as bytes, and so does a content hash of version 2 (`2:` and
 * 62 digits), which its length tells from the others. Any other text stays what it is.
 */
export function encodeHash(hash: string): Uint8Array | string {
  const isOfVersion2 = hash.startsWith(version2);
  const digits = isOfVersion2 ? hash.slice(version2.length) : hash;
  const bytes = Buffer.from(digits, 'hex');
  const fits = bytes.length === (isOfVersion2 ? bytesOfVersion2 : 32);
  return fits && bytes.toString('hex') === digits ? bytes : hash;
}

const version2 = '2:';
const bytesOfVersion2 = 31;

export function decodeHash(stored: unknown): string | null {
  if (!(stored instanceof Uint8Array)) return typeof stored === 'string' ? stored : null;
  const digits = Buffer.from(stored).toString('hex');
  return stored.length === bytesOfVersion2 ? `${version2}${digits}` : digits;
}
