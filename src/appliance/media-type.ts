/** What a file is by its first bytes; null when they are those of nothing known. At least 64 bytes should be given. */
export function mediaExtension(head: Uint8Array): string | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64)).toString('latin1');
  if (text.startsWith('FLV\x01')) return 'flv';
  if (text.slice(4, 8) === 'ftyp') return byBrand(text.slice(8, 12));
  if (text.startsWith('\x1a\x45\xdf\xa3')) return text.includes('webm') ? 'webm' : 'mkv';
  if (text.startsWith('\x1f\x8b')) return 'gz';
  if (/^PK(\x03\x04|\x05\x06|\x07\x08)/.test(text)) return 'zip';
  if (text.startsWith('OggS')) return 'ogv';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'AVI ') return 'avi';
  return null;
}

function byBrand(brand: string): string {
  if (brand.startsWith('M4V')) return 'm4v';
  return brand === 'qt  ' ? 'mov' : 'mp4';
}

export function isMp4(extension: string): boolean {
  return extension === 'mp4' || extension === 'm4v' || extension === 'mov';
}
