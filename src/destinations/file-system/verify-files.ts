import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { IcError } from '../../platform/errors.ts';
import type { FileSystem, OpenFile } from '../../platform/file-system.ts';
import { errorCode, ioError, isErrorCode, isNotOwnFile } from '../../platform/io-error.ts';
import { chunksOf, type Digest } from './content.ts';
import { isOwnName, manifestFolder, toSystemPath } from './layout.ts';

export interface FileVerdict {
  readonly kind: 'missing' | 'truncated' | 'altered' | 'unreadable';
  readonly message: string;
}

/** Compares a file with what the manifest says of it, byte for byte; null when all is well. */
export async function verifyFile(
  path: string,
  expected: Digest,
  fileSystem: FileSystem,
  signal: AbortSignal,
): Promise<FileVerdict | null> {
  try {
    const file = await fileSystem.open(path, 'r');
    try {
      return await compare(file, path, expected, signal);
    } finally {
      await file.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return { kind: 'missing', message: 'It is not there.' };
    if (isNotOwnFile(error) || isErrorCode(error, 'EISDIR')) return altered;
    const cause = error instanceof IcError ? error.cause : error;
    return { kind: 'unreadable', message: `It cannot be read (${errorCode(cause) ?? cause}).` };
  }
}

const altered: FileVerdict = { kind: 'altered', message: 'It is no file any more.' };

async function compare(
  file: OpenFile,
  path: string,
  expected: Digest,
  signal: AbortSignal,
): Promise<FileVerdict | null> {
  const stat = await file.stat();
  if (stat.size !== expected.bytes) {
    const kind = stat.size < expected.bytes ? 'truncated' : 'altered';
    return { kind, message: `It has ${stat.size} bytes instead of ${expected.bytes}.` };
  }
  const digest = createHash('sha256');
  for await (const chunk of chunksOf(file, path, stat.size)) {
    signal.throwIfAborted();
    digest.update(chunk);
  }
  const sha256 = digest.digest('hex');
  if (sha256 === expected.sha256) return null;
  return { kind: 'altered', message: `Its SHA-256 is ${sha256} instead of ${expected.sha256}.` };
}

/** What systems leave in any directory. */
const droppings =
  /^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\$RECYCLE\.BIN|System Volume Information|lost\+found)$/i;

/**
 * Every file below a directory, relative to it, with forward slashes: neither the destination's own ones nor those of
 * an archive that lies further down, among them the directories `others`. What changed after `until`, in whole
 * milliseconds as the clock gives them, is left out: it may be on its way into the manifest.
 */
export async function* filesBelow(
  root: string,
  others: ReadonlySet<string>,
  until: number,
  folder = '',
): AsyncGenerator<string> {
  for await (const entry of await openDirectory(toSystemPath(root, folder))) {
    if (isOwnName(entry.name) || droppings.test(entry.name)) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const full = toSystemPath(root, path);
    if (!entry.isDirectory()) {
      if (await isUnchangedSince(full, until)) yield path;
    } else if (!others.has(full) && !(await isArchive(full))) {
      yield* filesBelow(root, others, until, path);
    }
  }
}

async function openDirectory(path: string): Promise<AsyncIterable<Dirent> | readonly Dirent[]> {
  try {
    return await opendir(path);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return [];
    throw ioError(error, path, 'read');
  }
}

async function isArchive(directory: string): Promise<boolean> {
  const manifest = await lstat(join(directory, manifestFolder)).catch(() => null);
  return manifest?.isDirectory() ?? false;
}

async function isUnchangedSince(path: string, until: number): Promise<boolean> {
  const stat = await lstat(path).catch(() => null);
  // File systems tell parts of a millisecond, the clock does not: what changed within that one was there before.
  return stat !== null && Math.floor(stat.ctimeMs) <= until;
}
