/**
 * A secret that somebody keeps in a file or pipes in, less its last line end. Throws for what is not UTF-8 text: read
 * all the same, it would be another secret.
 */
export function secretText(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (text.includes('\0')) throw new TypeError('It holds NUL bytes.');
  return text.replace(/\r?\n$/, '');
}
