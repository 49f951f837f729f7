import { crc32, gzipSync } from 'node:zlib';

/** Whole files of each format, made by code of their own, with `content` somewhere inside. */
export const wholeFiles: Readonly<Record<string, (content: Buffer, parts: number) => Buffer>> = {
  flv,
  mp4,
  'mp4 with its index first': (content) =>
    Buffer.concat([box('ftyp', Buffer.from('isom')), box('moov', Buffer.alloc(20)), box('mdat', content)]),
  'mp4 in fragments': fragmentedMp4,
  webm: (content) => ebml('webm', content),
  mkv: (content) => ebml('matroska', content),
  gz: (content) => gzipSync(content),
  zip,
  'zip with a comment': (content) => zip(content, 1, Buffer.from('PK, as it were')),
  'zip of more than 4 GiB': zip64,
  ogv: ogg,
  avi: (content, parts) =>
    Buffer.concat([riff('AVI ', content), ...Array(parts - 1).fill(riff('AVIX', content))]),
};

/** With metadata that tell its length, as most writers put in front. */
export function flv(content: Buffer, parts: number): Buffer {
  const videos = Array.from({ length: parts }, () => tag(9, content));
  const length = [tag(18, metadata(0)), ...videos].reduce((sum, part) => sum + part.length, flvHead.length);
  return Buffer.concat([flvHead, tag(18, metadata(length)), ...videos]);
}

export function flvWithoutMetadata(content: Buffer, parts: number): Buffer {
  return Buffer.concat([flvHead, ...Array.from({ length: parts }, () => tag(9, content))]);
}

const flvHead = Buffer.from('FLV\x01\x05\0\0\0\x09\0\0\0\0', 'latin1');

function tag(type: number, content: Buffer): Buffer {
  const header = Buffer.alloc(11);
  header[0] = type;
  header.writeUIntBE(content.length, 1, 3);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(11 + content.length);
  return Buffer.concat([header, content, size]);
}

function metadata(fileSize: number): Buffer {
  const number = (name: string, value: number): Buffer => {
    const field = Buffer.alloc(name.length + 11);
    field.writeUInt16BE(name.length);
    field.write(name, 2, 'latin1');
    field.writeDoubleBE(value, name.length + 3);
    return field;
  };
  const start = Buffer.from('\x02\0\x0aonMetaData\x08\0\0\0\x02', 'latin1');
  return Buffer.concat([
    start,
    number('duration', 1.5),
    number('filesize', fileSize),
    Buffer.from([0, 0, 9]),
  ]);
}

export function box(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(content.length + 8);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}

function mp4(content: Buffer): Buffer {
  return Buffer.concat([
    box('ftyp', Buffer.from('isom')),
    box('mdat', content),
    box('moov', Buffer.alloc(20)),
  ]);
}

function fragmentedMp4(content: Buffer, parts: number): Buffer {
  const fragments = Array.from({ length: parts }, () => [
    box('moof', Buffer.alloc(12)),
    box('mdat', content),
  ]);
  const head = [box('ftyp', Buffer.from('iso5')), box('moov', box('mvex', Buffer.alloc(8)))];
  return Buffer.concat([...head, ...fragments.flat(), box('mfra', Buffer.alloc(16))]);
}

export function ebml(docType: string, content: Buffer, isLive = false): Buffer {
  const type = Buffer.concat([Buffer.from([0x42, 0x82, 0x80 + docType.length]), Buffer.from(docType)]);
  const head = Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x80 + type.length]), type]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(0x10000000 + content.length);
  const unknown = Buffer.from('01ffffffffffffff', 'hex');
  return Buffer.concat([head, Buffer.from('18538067', 'hex'), isLive ? unknown : size, content]);
}

/** Everything stored as it is. */
function zip(content: Buffer, entries: number, comment = Buffer.alloc(0)): Buffer {
  const { files, directory } = zipParts(content, entries);
  return Buffer.concat([files, directory, zipEnd(entries, directory.length, files.length, comment)]);
}

function zip64(content: Buffer, entries: number): Buffer {
  const { files, directory } = zipParts(content, entries);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(directory.length), 40);
  record.writeBigUInt64LE(BigInt(files.length), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50);
  locator.writeBigUInt64LE(BigInt(files.length + directory.length), 8);
  const end = zipEnd(0xffff, 0xffffffff, 0xffffffff, Buffer.alloc(0));
  return Buffer.concat([files, directory, record, locator, end]);
}

function zipParts(content: Buffer, entries: number): { readonly files: Buffer; readonly directory: Buffer } {
  const local = Buffer.alloc(31);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt32LE(crc32(content), 14);
  local.writeUInt32LE(content.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(1, 26);
  local.write('a', 30);
  const central = Buffer.alloc(47);
  central.writeUInt32LE(0x02014b50);
  central.writeUInt16LE(1, 28);
  central.write('a', 46);
  const repeated = (part: Buffer): Buffer => Buffer.concat(Array.from({ length: entries }, () => part));
  return { files: repeated(Buffer.concat([local, content])), directory: repeated(central) };
}

function zipEnd(entries: number, size: number, offset: number, comment: Buffer): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, comment]);
}

/** Two streams side by side: the first pages of both, pages in turn, the last pages of both. */
function ogg(content: Buffer, parts: number): Buffer {
  const middle = Array.from({ length: parts }, (_, index) => page(index % 2, 0, content));
  return Buffer.concat([
    page(0, 2, content),
    page(1, 2, content),
    ...middle,
    page(0, 4, content),
    page(1, 4, content),
  ]);
}

function page(serial: number, flags: number, content: Buffer): Buffer {
  const lengths = Buffer.alloc(Math.floor(content.length / 255) + 1, 255);
  lengths[lengths.length - 1] = content.length % 255;
  const header = Buffer.alloc(27);
  header.write('OggS');
  header[5] = flags;
  header.writeUInt32LE(serial, 14);
  header[26] = lengths.length;
  return Buffer.concat([header, lengths, content]);
}

export function riff(type: string, content: Buffer, size = content.length + 4): Buffer {
  const header = Buffer.alloc(12);
  header.write('RIFF');
  header.writeUInt32LE(size, 4);
  header.write(type, 8);
  return Buffer.concat([header, content]);
}
