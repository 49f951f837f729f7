import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Clock } from './clock.ts';
import type { FileFeed } from './file-feed.ts';
import { isErrorCode, notOwnFile } from './io-error.ts';
import { makeDirectories } from './make-directories.ts';
import { kindOf, type OwnFileFlags, openOwnFile } from './own-file.ts';
import { patiently } from './patience.ts';
import { realPath } from './real-path.ts';
import type { Rights } from './sharing.ts';

/**
 * The file operations that writing safely is made of, and no more, as a value: tests hand in one whose N-th
 * operation fails. Every error is the system's own, with its `code`.
 */
export interface FileSystem {
  /** Whose rules for renaming and for syncing directories apply. */
  readonly platform: NodeJS.Platform;
  /** A file of `ic`'s own: see own-file.ts for what is refused. Or a directory, to sync the names in it. */
  open(path: string, flags: OwnFileFlags | 'directory', mode?: number): Promise<OpenFile>;
  /** Replaces a file, and nothing else: a link, a pipe or a device at `to` is somebody else's, and stays. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for the same file; fails with EEXIST where there is one already. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Does not follow a symbolic link. */
  lstat(path: string): Promise<FileStat>;
  /** Creates what is missing of the path. */
  mkdir(path: string): Promise<void>;
  readdir(path: string): Promise<readonly string[]>;
  realpath(path: string): Promise<string>;
  /** What is given to everything that is made; undefined: the usual. See sharing.ts. */
  readonly rights?: (() => Rights) | undefined;
}

export interface OpenFile {
  /** Writes all of it at the present end of what was written. */
  write(data: Uint8Array): Promise<void>;
  /** Begins to write what comes by way of `memory`, at the same end, in another thread. */
  feed(memory: SharedArrayBuffer): Promise<FileFeed>;
  /** Fills `buffer` from `position` on, as far as the file reaches; resolves with the number of bytes. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  stat(): Promise<FileStat>;
  /** Mode and group, where they are not null. */
  setRights(rights: Rights): Promise<void>;
  /** Cuts the file off after `length` bytes. */
  truncate(length: number): Promise<void>;
  /** Makes the file's data and size durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  /** Together they tell a file or directory from every other one; 0 where a file system does not. */
  readonly dev: number;
  readonly ino: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}

/** What functions that work on files take: the system's own unless a test says otherwise. */
export interface FileOptions {
  readonly fileSystem?: FileSystem | undefined;
  readonly clock?: Clock | undefined;
}

export const nodeFileSystem: FileSystem = {
  platform: process.platform,
  open: async (path, flags, mode) => {
    const open = () => (flags === 'directory' ? openDirectory(path) : openOwnFile(path, flags, mode));
    return toOpenFile(await patiently(open, isHeld));
  },
  rename: async (from, to) => {
    const found = await fs.lstat(to).catch(() => null);
    const kind = found === null || found.isDirectory() ? null : kindOf(found);
    if (kind !== null) throw notOwnFile('rename', to, `is ${kind}`);
    await fs.rename(from, to);
  },
  link: fs.link,
  unlink: fs.unlink,
  lstat: (path) => fs.lstat(path),
  mkdir: async (path) => void (await makeDirectories(path)),
  readdir: (path) => fs.readdir(path),
  realpath: realPath,
};

function openDirectory(path: string): Promise<fs.FileHandle> {
  return fs.open(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
}

/** Windows opens no file that another program has opened for itself alone, such as a virus scanner, for a moment. */
function isHeld(error: unknown): boolean {
  return process.platform === 'win32' && isErrorCode(error, 'EBUSY');
}

export function toOpenFile(handle: fs.FileHandle): OpenFile {
  return {
    write: async (data) => {
      for (let written = 0; written < data.byteLength; ) {
        written += (await handle.write(data, written)).bytesWritten;
      }
    },
    feed: async (memory) => {
      const { feedFile } = await import('./file-feed.ts');
      return feedFile(handle.fd, memory);
    },
    read: async (buffer, position) => {
      let filled = 0;
      while (filled < buffer.byteLength) {
        const { bytesRead } = await handle.read(
          buffer,
          filled,
          buffer.byteLength - filled,
          position + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    stat: () => handle.stat(),
    setRights: async ({ mode, gid }) => {
      if (gid !== null) await handle.chown((await handle.stat()).uid, gid);
      if (mode !== null) await handle.chmod(mode);
    },
    truncate: (length) => handle.truncate(length),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}
