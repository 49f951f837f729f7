import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from './clock.ts';
import { type FileOptions, nodeFileSystem, type OpenFile } from './file-system.ts';
import { ioError, isErrorCode, orIoError } from './io-error.ts';
import { killPoint } from './kill-point.ts';

/** How the name of everything that is not finished begins. */
export const temporaryPrefix = '.ic-tmp-';

export type FileContent = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface WriteOptions extends FileOptions {
  readonly signal?: AbortSignal | undefined;
  /** What the kill points between the steps are called: `file` gives `file:written`, `file:synced`. */
  readonly killPoints?: string | undefined;
  /** Of the file, less the umask. */
  readonly mode?: number | undefined;
}

/** A new path in `directory`, and so on the same file system as the final name, that nobody else uses. */
export function temporaryName(directory: string, prefix = temporaryPrefix): string {
  return join(directory, `${prefix}${randomBytes(8).toString('hex')}`);
}

/**
 * Writes a new temporary file in `directory` and makes its content durable; resolves with its path. A failure leaves
 * no file behind. It is an `io` error that names `finalPath`, the file that a person knows, unless `content` threw it.
 */
export async function writeTemporary(
  directory: string,
  finalPath: string,
  content: FileContent,
  options: WriteOptions = {},
): Promise<string> {
  const { fileSystem = nodeFileSystem } = options;
  const path = temporaryName(directory);
  const file = await orIoError(fileSystem.open(path, 'wx', options.mode), finalPath, 'write');
  try {
    await writeAndClose(file, finalPath, content, options);
    return path;
  } catch (error) {
    await discard(path, options);
    throw error;
  }
}

async function writeAndClose(
  file: OpenFile,
  finalPath: string,
  content: FileContent,
  { signal, killPoints = 'file' }: WriteOptions,
): Promise<void> {
  let closed = false;
  try {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      signal?.throwIfAborted();
      await orIoError(file.write(chunk), finalPath, 'write');
    }
    killPoint(`${killPoints}:written`);
    await orIoError(file.sync(), finalPath, 'write');
    killPoint(`${killPoints}:synced`);
    closed = true;
    // A network file system may report only now that it could not keep what it took.
    await orIoError(file.close(), finalPath, 'write');
  } finally {
    if (!closed) await file.close().catch(() => {});
  }
}

/** Removes a file that nobody needs any more. Should it stay, a later run removes it as stale. */
export async function discard(
  path: string,
  { fileSystem = nodeFileSystem }: FileOptions = {},
): Promise<void> {
  await fileSystem.unlink(path).catch(() => {});
}

interface StaleOptions extends FileOptions {
  /** Which names are those of temporary files, and of nothing else. */
  readonly isTemporary?: (name: string) => boolean;
}

/** Whether a name is one that `temporaryName` gives. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(temporaryPrefix);
}

/**
 * Removes temporary files that killed runs left in `directory`: those older than `olderThanMs`, so that a run in
 * progress keeps its own. Resolves with how many went; a
 * directory that does not exist has none.
 */
export async function removeStaleTemporaries(
  directory: string,
  olderThanMs: number,
  options: StaleOptions = {},
): Promise<number> {
  const { clock = systemClock } = options;
  let removed = 0;
  for (const path of await temporariesIn(directory, options)) {
    if (await removeIfOlder(path, clock.now() - olderThanMs, options)) removed += 1;
  }
  return removed;
}

async function temporariesIn(
  directory: string,
  { fileSystem = nodeFileSystem, isTemporary = isTemporaryName }: StaleOptions,
): Promise<readonly string[]> {
  try {
    const names = await fileSystem.readdir(directory);
    return names.filter(isTemporary).map((name) => join(directory, name));
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return [];
    throw ioError(error, directory, 'read');
  }
}

async function removeIfOlder(
  path: string,
  timeMs: number,
  { fileSystem = nodeFileSystem }: FileOptions,
): Promise<boolean> {
  try {
    const stat = await fileSystem.lstat(path);
    if (!stat.isFile() || stat.mtimeMs >= timeMs) return false;
    await fileSystem.unlink(path);
    return true;
  } catch {
    // Its owner finished or removed it meanwhile, or holds it open: not stale after all.
    return false;
  }
}
