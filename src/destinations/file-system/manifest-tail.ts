import type { UnixSeconds } from '../../platform/clock.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { isErrorCode, orIoError } from '../../platform/io-error.ts';
import type { Kind } from '../../platform/kinds.ts';
import { manifestPath, monthFiles, readLines } from './manifest-files.ts';
import { beforeFirstLine, hashLine, type ManifestLine, parseLine } from './manifest-line.ts';

/** Where a manifest ends, and what its lines come to that is asked for often. */
export interface Tail {
  /** The newest monthly file; null before the first line. */
  readonly file: string | null;
  /** Bytes of that file up to the end of its last complete line. */
  readonly size: number;
  /** Of the last line; 0 before the first. */
  readonly seq: number;
  readonly hash: string;
  /** The last one recorded, by `watermarkKey`. */
  readonly watermarks: Readonly<Record<string, UnixSeconds>>;
}

const noLines: Tail = { file: null, size: 0, seq: 0, hash: beforeFirstLine, watermarks: {} };

/**
 * Beside the monthly files, the tail as it was after the last append: so that opening reads a line or two whatever the
 * archive's age, and so that lines cut off at the very end show. Without it everything is read once.
 */
const headFile = '.head.json';

export function watermarkKey(site: string, kind: Kind): string {
  return `${site}/${kind}`;
}

/** The manifest's end as it is: what was last noted of it, and the lines since. */
export async function readTail(root: string, fileSystem: FileSystem): Promise<Tail> {
  const noted = (await readHead(root, fileSystem)) ?? noLines;
  let tail = noted;
  for (const file of await monthFiles(root, fileSystem)) {
    if (noted.file !== null && file < noted.file) continue;
    const from = file === noted.file ? noted.size : 0;
    for await (const { bytes, end, complete } of readLines(manifestPath(root, file), from, fileSystem)) {
      if (complete) tail = after(tail, file, end, bytes);
    }
  }
  return tail;
}

/** The tail after one more line. A line that is none changes the size only: `verify` is what tells of it. */
export function after(tail: Tail, file: string, size: number, bytes: Uint8Array): Tail {
  const line = parseLine(Buffer.from(bytes).toString());
  if (line === null) return { ...tail, file, size };
  return {
    file,
    size,
    seq: line.seq,
    hash: hashLine(bytes),
    watermarks: withWatermark(tail.watermarks, line),
  };
}

function withWatermark(watermarks: Tail['watermarks'], line: ManifestLine): Tail['watermarks'] {
  if (line.type !== 'watermark') return watermarks;
  return { ...watermarks, [watermarkKey(line.site, line.kind)]: Date.parse(line.watermark) / 1000 };
}

/** Null when there is none, or none that can be read: a crash may leave it empty, since it is not synced. */
export async function readHead(root: string, fileSystem: FileSystem): Promise<Tail | null> {
  const path = manifestPath(root, headFile);
  try {
    const file = await fileSystem.open(path, 'r');
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(size);
      return parseHead(buffer.toString('utf8', 0, await file.read(buffer, 0)));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    return orIoError(Promise.reject(error), path, 'read');
  }
}

function parseHead(text: string): Tail | null {
  try {
    const head: unknown = JSON.parse(text);
    return isTail(head) ? head : null;
  } catch {
    return null;
  }
}

function isTail(value: unknown): value is Tail {
  if (typeof value !== 'object' || value === null) return false;
  const { file, size, seq, hash, watermarks } = value as Readonly<Record<string, unknown>>;
  const hasPlace = typeof file === 'string' && typeof size === 'number' && typeof seq === 'number';
  return hasPlace && typeof hash === 'string' && typeof watermarks === 'object' && watermarks !== null;
}

/** Notes where the manifest ends now. Not synced: what a power cut takes of it costs a longer reading once. */
export async function writeHead(root: string, tail: Tail, fileSystem: FileSystem): Promise<void> {
  const path = manifestPath(root, headFile);
  const file = await orIoError(fileSystem.open(path, 'w'), path, 'write');
  try {
    await orIoError(file.write(Buffer.from(`${JSON.stringify(tail)}\n`)), path, 'write');
  } finally {
    await file.close();
  }
}
