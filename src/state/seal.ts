import { createHash } from 'node:crypto';
import { applicationId, migrations } from './schema.ts';

/*
 * The state file is a SQLite database and, behind its last page, where SQLite does not look, a seal:
 *
 *   16 bytes  magic
 *    8 bytes  generation, big-endian: the number of commits that led to this image
 *   32 bytes  SHA-256 of everything before
 *
 * The seal finds any byte that changed, which `PRAGMA quick_check` does not, in a fraction of its time; and 56 bytes
 * tell whether another process has committed since.
 */
const magic = Buffer.from('ic state sealed\n', 'latin1');
const digestLength = 32;

/** How many bytes at the end of the file are its seal. */
export const sealLength = magic.length + 8 + digestLength;

/** One committed state: the SQLite image, and what tells it from every other. */
export interface Snapshot {
  readonly image: Uint8Array;
  readonly generation: number;
  readonly seal: Uint8Array;
}

export function sealed(image: Uint8Array, generation: number): Snapshot {
  const head = Buffer.alloc(magic.length + 8);
  magic.copy(head);
  head.writeBigUInt64BE(BigInt(generation), magic.length);
  return { image, generation, seal: Buffer.concat([head, digest(image, head)]) };
}

function digest(image: Uint8Array, head: Uint8Array): Uint8Array {
  return createHash('sha256').update(image).update(head).digest();
}

/** What a file of the bytes `file` holds; null when it is not, byte for byte, what a commit wrote. */
export function unseal(file: Uint8Array): Snapshot | null {
  const image = file.subarray(0, -sealLength);
  const seal = Buffer.from(file.subarray(image.length));
  const head = seal.subarray(0, magic.length + 8);
  if (seal.length !== sealLength || !head.subarray(0, magic.length).equals(magic)) return null;
  if (!seal.subarray(head.length).equals(digest(image, head))) return null;
  return { image, generation: Number(head.readBigUInt64BE(magic.length)), seal };
}

const sqliteMagic = Buffer.from('SQLite format 3\0', 'latin1');

/** Whether it is somebody else's database: what must not be set aside as a damaged state. */
export function isForeignDatabase(file: Uint8Array): boolean {
  if (file.length < 100 || holdsSeal(file)) return false;
  const header = Buffer.from(file.subarray(0, 100));
  return header.subarray(0, 16).equals(sqliteMagic) && header.readUInt32BE(68) !== applicationId;
}

function holdsSeal(file: Uint8Array): boolean {
  return magic.equals(file.subarray(-sealLength).subarray(0, magic.length));
}

/** Whether a later version of `ic` wrote the image, with tables that this one does not know. */
export function isNewer(snapshot: Snapshot): boolean {
  const { image } = snapshot;
  return image.length >= 100 && Buffer.from(image.subarray(0, 100)).readUInt32BE(60) > migrations.length;
}
