import { createHash } from 'node:crypto';

/** A generated file. The same description gives the same bytes, whatever its size; none of them is held in memory. */
export interface MediaSpec {
  readonly format: 'mp4' | 'flv' | 'webm' | 'text' | 'nsb';
  /** Bytes, at least 256. */
  readonly size: number;
  readonly seed: number;
  /** Where an MP4 keeps its index; `missing` makes a file that was cut off by its writer. */
  readonly moov: 'first' | 'last' | 'missing';
}

/** A small MP4 unless `draft` says otherwise. */
export function media(draft: Partial<MediaSpec> = {}): MediaSpec {
  return { format: 'mp4', size: 4096, seed: 1, moov: 'last', ...draft };
}

/** The bytes from `from` up to `to` (exclusive; default: all), in pieces of at most 64 KiB. */
export function* mediaBytes(spec: MediaSpec, from = 0, to = spec.size): Generator<Buffer> {
  let at = from;
  for (const { start, bytes } of structure(spec, from)) {
    if (start >= to) break;
    const end = start + bytes.length;
    if (end <= at) continue;
    if (at < start) yield* filler(spec, at, start);
    yield bytes.subarray(Math.max(0, at - start), to - start);
    at = Math.min(end, to);
  }
  yield* filler(spec, at, to);
}

/** Lower-case hexadecimal SHA-256 of the whole file. */
export function mediaSha256(spec: MediaSpec): string {
  const hash = createHash('sha256');
  for (const block of mediaBytes(spec)) hash.update(block);
  return hash.digest('hex');
}

const blockSize = 65_536;

/** Digits at the beginning of each block, which tell it from all the others. */
const numberLength = 11;

/** Bytes `from` to `to` of an endless sequence of numbered blocks, which look random and share all but their numbers. */
function* filler(spec: MediaSpec, from: number, to: number): Generator<Buffer> {
  const noise = noiseFor(spec).subarray(numberLength);
  for (let at = from; at < to; ) {
    const index = Math.floor(at / blockSize);
    const offset = at - index * blockSize;
    const end = Math.min(blockSize, to - index * blockSize);
    if (offset < numberLength) yield numberOf(index).subarray(offset, end);
    if (end > numberLength) yield noise.subarray(Math.max(0, offset - numberLength), end - numberLength);
    at = index * blockSize + end;
  }
}

function numberOf(index: number): Buffer {
  return Buffer.from(index.toString(36).padStart(numberLength, '0'), 'latin1');
}

let lastNoise: { readonly key: string; readonly block: Buffer } | null = null;

function noiseFor(spec: MediaSpec): Buffer {
  const key = `${spec.format} ${spec.seed}`;
  if (lastNoise?.key !== key) lastNoise = { key, block: makeNoise(spec) };
  return lastNoise.block;
}

function makeNoise(spec: MediaSpec): Buffer {
  const block = Buffer.alloc(blockSize);
  let state = Math.imul(spec.seed + 1, 0x9e3779b1) || 1;
  for (let index = 0; index < blockSize; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    block[index] = spec.format === 'text' ? 97 + ((state >>> 8) % 26) : state & 0xff;
  }
  return block;
}

/** Bytes that stand where they do because the format wants them there. */
interface FixedPart {
  readonly start: number;
  readonly bytes: Buffer;
}

/** What is not filler, in order; what lies before `from` may be left out. */
function* structure(spec: MediaSpec, from: number): Generator<FixedPart> {
  switch (spec.format) {
    case 'mp4': {
      const { head, tail } = mp4Frame(spec);
      yield { start: 0, bytes: head };
      return yield { start: spec.size - tail.length, bytes: tail };
    }
    case 'flv':
      return yield* flvTags(spec, from);
    case 'webm':
      return yield { start: 0, bytes: webmHead(spec) };
    case 'nsb':
      return yield { start: 0, bytes: Buffer.from('\u0089NSB\r\n\u001a\n\u0000\u0001', 'latin1') };
    case 'text':
      return yield { start: 0, bytes: Buffer.from('$ whoami\r\n') };
  }
}

const flvHead = Buffer.from('464c5601050000000900000000', 'hex');

/** Video tags of one size, but for the last, each between its header and its size. */
function* flvTags({ size }: MediaSpec, from: number): Generator<FixedPart> {
  yield { start: 0, bytes: flvHead };
  const first = flvHead.length;
  const count = Math.max(1, Math.floor((size - first) / blockSize));
  for (let index = Math.max(0, Math.floor((from - first) / blockSize) - 1); index < count; index += 1) {
    const start = first + index * blockSize;
    const end = index < count - 1 ? start + blockSize : size;
    const header = Buffer.alloc(11);
    header.writeUInt8(9, 0);
    header.writeUIntBE(end - start - 15, 1, 3);
    header.writeUIntBE((index * 40) & 0xffffff, 4, 3);
    const trailer = Buffer.alloc(4);
    trailer.writeUInt32BE(end - start - 4);
    yield { start, bytes: header };
    yield { start: end - trailer.length, bytes: trailer };
  }
}

/** A segment of known size that is filled up by one element. */
function webmHead({ size }: MediaSpec): Buffer {
  const head = Buffer.from('1a45dfa38b428681014282847765626d', 'hex');
  const segment = Buffer.from('1853806701', 'hex');
  const filling = Buffer.from('ec01', 'hex');
  const contentOfSegment = size - head.length - segment.length - 7;
  const bytes = [
    head,
    segment,
    sevenBytes(contentOfSegment),
    filling,
    sevenBytes(contentOfSegment - filling.length - 7),
  ];
  return Buffer.concat(bytes);
}

function sevenBytes(value: number): Buffer {
  const field = Buffer.alloc(8);
  field.writeBigUInt64BE(BigInt(value));
  return field.subarray(1);
}

function mp4Frame(spec: MediaSpec): { readonly head: Buffer; readonly tail: Buffer } {
  const ftyp = box('ftyp', Buffer.from('isom\u0000\u0000\u0002\u0000isommp41', 'latin1'));
  const moov = spec.moov === 'missing' ? Buffer.alloc(0) : box('moov', box('mvhd', Buffer.alloc(100)));
  const mdat = Buffer.alloc(16);
  mdat.writeUInt32BE(1, 0);
  mdat.write('mdat', 4, 'latin1');
  mdat.writeBigUInt64BE(BigInt(spec.size - ftyp.length - moov.length), 8);
  return spec.moov === 'first'
    ? { head: Buffer.concat([ftyp, moov, mdat]), tail: Buffer.alloc(0) }
    : { head: Buffer.concat([ftyp, mdat]), tail: moov };
}

function box(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(content.length + 8, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}
