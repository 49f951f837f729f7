/** A hash as it stands in the ledger: hex takes half the room as bytes. Any other text stays what it is. */
export function encodeHash(hash: string): Uint8Array | string {
  const bytes = Buffer.from(hash, 'hex');
  return bytes.toString('hex') === hash ? bytes : hash;
}

export function decodeHash(stored: unknown): string | null {
  if (stored instanceof Uint8Array) return Buffer.from(stored).toString('hex');
  return typeof stored === 'string' ? stored : null;
}
