/** The hash under which an item stands that will never be had: expired, or given up. It is not asked for again. */
export const neverToBeHad = '0'.repeat(64);

/** A hash as it stands in the ledger: hex takes half the room as bytes. Any other text stays what it is. */
export function encodeHash(hash: string): Uint8Array | string {
  const bytes = Buffer.from(hash, 'hex');
  return bytes.toString('hex') === hash ? bytes : hash;
}

export function decodeHash(stored: unknown): string | null {
  if (stored instanceof Uint8Array) return Buffer.from(stored).toString('hex');
  return typeof stored === 'string' ? stored : null;
}
