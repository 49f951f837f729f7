import { gunzipSync, constants as zlib } from 'node:zlib';

/** What bytes say that are in UTF-16, or packed by gzip, as far as they reach; others are what they are. */
export function plainBytes(bytes: Buffer): Buffer {
  const start = bytes.toString('latin1', 0, 3);
  if (start.startsWith('\x1f\x8b')) return unpacked(bytes);
  if (/^(\xff\xfe|[<{]\0)/.test(start)) return Buffer.from(bytes.toString('utf16le'));
  if (/^(\xfe\xff|\0[<{])/.test(start)) return Buffer.from(swapped(bytes).toString('utf16le'));
  return bytes;
}

/** What unpacks to more is looked at from its beginning alone, of which so much cannot unpack to more. */
const mostUnpacked = 4_194_304;
const alwaysFits = Math.floor(mostUnpacked / 1_032);

function unpacked(bytes: Buffer): Buffer {
  return gunzip(bytes) ?? gunzip(bytes.subarray(0, alwaysFits)) ?? bytes;
}

/** Null when it unpacks to more than is looked at, or not at all. */
function gunzip(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: mostUnpacked });
  } catch {
    return null;
  }
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
}
