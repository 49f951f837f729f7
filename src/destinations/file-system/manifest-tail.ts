import { writeFileAtomically } from '../../platform/atomic-file.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { orIoError } from '../../platform/io-error.ts';
import type { Kind } from '../../platform/kinds.ts';
import type { RecordedClaim } from '../destination.ts';
import { manifestPath, monthFiles, openIfThere, type RawLine, readLines } from './manifest-files.ts';
import {
  beforeFirstLine,
  hashLine,
  type ManifestLine,
  parseLine,
  type RenamedEntry,
} from './manifest-line.ts';

/** Where a manifest ends, and what its lines come to that is asked for often. */
export interface Tail {
  /** The newest monthly file; null before the first line. */
  readonly file: string | null;
  /** Bytes of that file up to the end of its last complete line. */
  readonly size: number;
  /** Of the last line; 0 before the first. */
  readonly seq: number;
  readonly hash: string;
  /** The last one recorded, by `claimKey`. */
  readonly claims: Claims;
}

type Claims = Readonly<Record<string, RecordedClaim>>;

const noLines: Tail = { file: null, size: 0, seq: 0, hash: beforeFirstLine, claims: {} };

/**
 * Beside the monthly files, the tail as it was after the last append: so that opening reads a line or two whatever the
 * archive's age, and so that lines cut off at the very end show. Without it everything is read once.
 */
const headFile = '.head.json';

/** Names hold no slash. */
export function claimKey(transfer: string, site: string, kind: Kind): string {
  return `${transfer}/${site}/${kind}`;
}

/** The manifest's end as it is: what was last noted of it, and the lines since. */
export async function readTail(root: string, fileSystem: FileSystem): Promise<Tail> {
  let tail = (await readHead(root, fileSystem)) ?? noLines;
  for await (const { file, bytes, end } of linesAfter(root, tail, fileSystem))
    tail = after(tail, file, end, bytes);
  return tail;
}

/** The complete lines that follow a place in a manifest, oldest first. */
export async function* linesAfter(
  root: string,
  place: Pick<Tail, 'file' | 'size'>,
  fileSystem: FileSystem,
): AsyncGenerator<RawLine & { readonly file: string }> {
  for (const file of await monthFiles(root, fileSystem)) {
    if (place.file !== null && file < place.file) continue;
    const from = file === place.file ? place.size : 0;
    for await (const line of readLines(manifestPath(root, file), from, fileSystem)) {
      if (line.complete) yield { ...line, file };
    }
  }
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
    claims: withLine(tail.claims, line),
  };
}

function withLine(claims: Claims, line: ManifestLine): Claims {
  if (line.type === 'renamed') return renamed(claims, line);
  if (line.type !== 'watermark') return claims;
  const since = line.since === undefined ? null : Date.parse(line.since) / 1000;
  const claim = { since, until: Date.parse(line.watermark) / 1000 };
  return { ...claims, [claimKey(line.transfer, line.site, line.kind)]: claim };
}

function renamed(claims: Claims, line: RenamedEntry): Claims {
  const before = `${line.transfer_before}/${line.site_before}/`;
  const now = `${line.transfer}/${line.site}/`;
  const pairs = Object.entries(claims);
  const others = pairs.filter(([key]) => !key.startsWith(before));
  const moved = pairs.filter(([key]) => key.startsWith(before));
  return Object.fromEntries([
    ...others,
    ...moved.map(([key, claim]) => [now + key.slice(before.length), claim] as const),
  ]);
}

/** Null when there is none, or none that can be read. */
export async function readHead(root: string, fileSystem: FileSystem): Promise<Tail | null> {
  const text = await readHeadText(root, fileSystem);
  return text === null ? null : parseHead(text);
}

/** The last line that was noted, also in the head of version 0.1.0, which bears no sum; null as above. */
export async function readNote(root: string, fileSystem: FileSystem): Promise<Note | null> {
  const text = await readHeadText(root, fileSystem);
  return text === null ? null : (parseHead(text) ?? parseHead1(text));
}

export type Note = Pick<Tail, 'seq' | 'hash'>;

async function readHeadText(root: string, fileSystem: FileSystem): Promise<string | null> {
  const path = manifestPath(root, headFile);
  const file = await openIfThere(path, 'r', fileSystem);
  if (file === null) return null;
  try {
    const { size } = await orIoError(file.stat(), path, 'read');
    const buffer = Buffer.alloc(size);
    return buffer.toString('utf8', 0, await orIoError(file.read(buffer, 0), path, 'read'));
  } finally {
    await file.close();
  }
}

function parseHead1(text: string): Note | null {
  try {
    const { seq, hash, watermarks, sum } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const isHead = typeof watermarks === 'object' && sum === undefined;
    return isHead && typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : null;
  } catch {
    return null;
  }
}

/** A write that a power cut tore leaves parts of two heads, which may well be a document. */
function parseHead(text: string): Tail | null {
  try {
    const { sum, ...head } = JSON.parse(text) as { readonly sum?: unknown };
    return isTail(head) && sum === sumOf(head) ? head : null;
  } catch {
    return null;
  }
}

function sumOf(tail: Tail): string {
  return hashLine(JSON.stringify(tail));
}

function isTail(value: unknown): value is Tail {
  if (typeof value !== 'object' || value === null) return false;
  const { file, size, seq, hash, claims } = value as Readonly<Record<string, unknown>>;
  const hasPlace =
    (file === null || typeof file === 'string') && typeof size === 'number' && typeof seq === 'number';
  return hasPlace && typeof hash === 'string' && typeof claims === 'object' && claims !== null;
}

/** Bytes of a head, at least: a longer one grows, none shrinks, so that each is written over the one before. */
const headSize = 1024;

/**
 * Notes where the manifest ends now. In place and not synced: a head that is behind costs the reading of some lines,
 * one that a power cut damaged that of all, once. There is one before the first line is written.
 */
export async function writeHead(root: string, tail: Tail, fileSystem: FileSystem): Promise<void> {
  const path = manifestPath(root, headFile);
  const text = Buffer.from(JSON.stringify({ ...tail, sum: sumOf(tail) }));
  const file = await openIfThere(path, 'r+', fileSystem);
  if (file === null) return writeFileAtomically(path, padded(text, headSize), { fileSystem });
  try {
    const { size } = await orIoError(file.stat(), path, 'read');
    await orIoError(file.write(padded(text, size)), path, 'write');
  } finally {
    await file.close();
  }
}

function padded(text: Buffer, size: number): Buffer {
  return Buffer.concat([text, Buffer.alloc(Math.max(0, size - text.length - 1), ' '), Buffer.from('\n')]);
}
