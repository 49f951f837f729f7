import { join } from 'node:path';
import type { FileSystem, OpenFile } from '../../platform/file-system.ts';
import { ioError, isErrorCode, orIoError } from '../../platform/io-error.ts';
import { manifestFolder, requireBelow } from './layout.ts';

/** One line of a file, with the offset of the byte after it. The last one may lack its line end. */
export interface RawLine {
  readonly bytes: Buffer;
  readonly end: number;
  readonly complete: boolean;
}

const chunkLength = 262_144;

/** What ends a line, as a byte. */
export const newline = 10;

export function manifestPath(root: string, file: string): string {
  return join(root, manifestFolder, file);
}

/** `manifest-2026-11.jsonl` for any instant of that month, UTC. */
export function monthFile(timeMs: number): string {
  return `manifest-${new Date(timeMs).toISOString().slice(0, 7)}.jsonl`;
}

/** The monthly files of a directory's manifest, oldest first; none when there is no manifest yet. */
export async function monthFiles(root: string, fileSystem: FileSystem): Promise<readonly string[]> {
  const folder = join(root, manifestFolder);
  await requireBelow(root, folder, fileSystem);
  try {
    const names = await fileSystem.readdir(folder);
    return names.filter((name) => /^manifest-\d{4}-\d{2}\.jsonl$/.test(name)).sort();
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return [];
    throw ioError(error, folder, 'read');
  }
}

/** The lines of a file from an offset on, which must be the beginning of a line; none when the file is not there. */
export async function* readLines(
  path: string,
  from: number,
  fileSystem: FileSystem,
): AsyncGenerator<RawLine> {
  const file = await openIfThere(path, 'r', fileSystem);
  if (file === null) return;
  try {
    let rest: Buffer = Buffer.alloc(0);
    let position = from;
    for (;;) {
      const chunk = await readAt(file, path, position, chunkLength);
      if (chunk.length === 0) break;
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
        yield { bytes: bytes.subarray(start, end), end: position - rest.length + end + 1, complete: true };
        start = end + 1;
      }
      position += chunk.length;
      rest = bytes.subarray(start);
    }
    if (rest.length > 0) yield { bytes: rest, end: position, complete: false };
  } finally {
    await file.close();
  }
}

/** The complete lines of a file, last one first, reading no more of it than is asked for. */
export async function* readLinesBackwards(path: string, fileSystem: FileSystem): AsyncGenerator<Buffer> {
  const file = await openIfThere(path, 'r', fileSystem);
  if (file === null) return;
  try {
    let position = (await orIoError(file.stat(), path, 'read')).size;
    let rest: Buffer = Buffer.alloc(0);
    let terminated = false;
    while (position > 0) {
      const length = Math.min(chunkLength, position);
      position -= length;
      let bytes: Buffer = Buffer.concat([await readAt(file, path, position, length), rest]);
      // What follows the last line end is a line being written, or cut off by a crash.
      if (!terminated) bytes = bytes.subarray(0, bytes.lastIndexOf(newline) + 1);
      terminated ||= bytes.length > 0;
      let end = bytes.length - 1;
      for (let before = previousNewline(bytes, end); before >= 0; before = previousNewline(bytes, end)) {
        yield bytes.subarray(before + 1, end);
        end = before;
      }
      rest = bytes.subarray(0, end + 1);
    }
    if (rest.length > 1) yield rest.subarray(0, -1);
  } finally {
    await file.close();
  }
}

function previousNewline(bytes: Buffer, before: number): number {
  return before <= 0 ? -1 : bytes.lastIndexOf(newline, before - 1);
}

/** Null when there is no such file. */
export async function openIfThere(
  path: string,
  flags: 'r' | 'r+',
  fileSystem: FileSystem,
): Promise<OpenFile | null> {
  try {
    return await fileSystem.open(path, flags);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw ioError(error, path, flags === 'r' ? 'read' : 'write');
  }
}

async function readAt(file: OpenFile, path: string, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, await orIoError(file.read(buffer, position), path, 'read'));
}
