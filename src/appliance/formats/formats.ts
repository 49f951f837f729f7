import { EbmlElements } from './ebml-elements.ts';
import type { EndProof } from './end-proof.ts';
import { FlvTags } from './flv-tags.ts';
import { GzipMembers } from './gzip-members.ts';
import { Mp4Boxes } from './mp4-boxes.ts';
import { OggPages } from './ogg-pages.ts';
import { RiffChunks } from './riff-chunks.ts';
import { ZipDirectory } from './zip-directory.ts';

/** A format of files that an appliance sends. */
export interface Format {
  /** For messages. */
  readonly name: string;
  /** Without the period. */
  readonly extension: string;
  readonly mediaType: string;
  /** Follows a file to its end, to tell whether it is whole; null where the format has no end of its own. */
  readonly proveEnd: (() => EndProof) | null;
}

interface Media extends Format {
  /** Whether a file is of this format by its first 64 bytes, as Latin-1. */
  readonly begins: (head: string) => boolean;
}

const mp4 = (): EndProof => new Mp4Boxes();
const ebml = (): EndProof => new EbmlElements();
const isBoxes = (head: string): boolean => head.slice(4, 8) === 'ftyp';
const isEbml = (head: string): boolean => head.startsWith('\x1a\x45\xdf\xa3');

/** What is known by its first bytes. The first that fits counts. */
const media: readonly Media[] = [
  {
    name: 'FLV',
    extension: 'flv',
    mediaType: 'video/x-flv',
    begins: (head) => head.startsWith('FLV\x01'),
    proveEnd: () => new FlvTags(),
  },
  {
    name: 'M4V',
    extension: 'm4v',
    mediaType: 'video/x-m4v',
    begins: (head) => isBoxes(head) && head.startsWith('M4V', 8),
    proveEnd: mp4,
  },
  {
    name: 'QuickTime',
    extension: 'mov',
    mediaType: 'video/quicktime',
    begins: (head) => isBoxes(head) && head.startsWith('qt  ', 8),
    proveEnd: mp4,
  },
  { name: 'MP4', extension: 'mp4', mediaType: 'video/mp4', begins: isBoxes, proveEnd: mp4 },
  {
    name: 'WebM',
    extension: 'webm',
    mediaType: 'video/webm',
    begins: (head) => isEbml(head) && head.includes('webm'),
    proveEnd: ebml,
  },
  { name: 'Matroska', extension: 'mkv', mediaType: 'video/x-matroska', begins: isEbml, proveEnd: ebml },
  {
    name: 'gzip',
    extension: 'gz',
    mediaType: 'application/gzip',
    begins: (head) => head.startsWith('\x1f\x8b'),
    proveEnd: () => new GzipMembers(),
  },
  {
    name: 'ZIP',
    extension: 'zip',
    mediaType: 'application/zip',
    begins: (head) => /^PK(\x03\x04|\x05\x06|\x07\x08)/.test(head),
    proveEnd: () => new ZipDirectory(),
  },
  {
    name: 'Ogg',
    extension: 'ogv',
    mediaType: 'video/ogg',
    begins: (head) => head.startsWith('OggS'),
    proveEnd: () => new OggPages(),
  },
  {
    name: 'AVI',
    extension: 'avi',
    mediaType: 'video/x-msvideo',
    begins: (head) => head.startsWith('RIFF') && head.startsWith('AVI ', 8),
    proveEnd: () => new RiffChunks(),
  },
];

/** What is known by more than its first bytes. Neither has an end of its own: any part of it could be all of it. */
export const transcript: Format = {
  name: 'a text',
  extension: 'txt',
  mediaType: 'text/plain',
  proveEnd: null,
};
export const backup: Format = {
  name: 'a backup',
  extension: 'nsb',
  mediaType: 'application/octet-stream',
  proveEnd: null,
};

/** The format that a file's first bytes are of; null when it is none that is known. At least 64 bytes should be given. */
export function formatOf(head: Uint8Array): Format | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64)).toString('latin1');
  return media.find(({ begins }) => begins(text)) ?? null;
}

/**
 * The extensions of media and documents that a file of an unknown format may have when its sender says so. No others:
 * a name that a system runs, opens in a browser or looks up for its icon is no name for what somebody else has sent.
 */
const harmless = new Set([
  ...media.map(({ extension }) => extension),
  ...['txt', 'log', 'nsb', 'xml', 'json', 'csv', 'pdf'],
  ...['png', 'jpg', 'jpeg', 'gif', 'bmp', 'webp', 'tif', 'tiff'],
  ...['ogg', 'oga', 'mp3', 'm4a', 'aac', 'wav', 'flac', 'opus'],
  ...['f4v', '3gp', 'mpg', 'mpeg', 'wmv', 'asf', 'cast'],
]);

/** Binary data of a format that is not known, under the extension that its sender gives it, if that is a harmless one. */
export function unknownFormat(named: string | null): Format {
  const extension = named?.toLowerCase() ?? '';
  return {
    name: 'data of an unknown format',
    extension: harmless.has(extension) ? extension : 'bin',
    mediaType: 'application/octet-stream',
    proveEnd: null,
  };
}
