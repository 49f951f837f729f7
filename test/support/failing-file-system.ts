import { type FileSystem, nodeFileSystem, type OpenFile } from '../../src/platform/file-system.ts';

export interface FileFault {
  /** Which operation fails, counted from 1; 0 for none. */
  readonly nth: number;
  /** `ENOSPC`, `EIO`, … */
  readonly code: string;
  /** Whether everything after it fails too, as on a full disk. */
  readonly forEver?: boolean;
  /** Only these operations count; all of them by default. */
  readonly operations?: readonly FileOperation[];
  readonly platform?: NodeJS.Platform;
}

export type FileOperation =
  | Exclude<keyof FileSystem, 'platform' | 'rights'>
  | Exclude<keyof OpenFile, 'stat' | 'setRights'>;

export interface FailingFileSystem extends FileSystem {
  /** What was asked for, in order: `rename /srv/ic/.ic-tmp-1`. */
  readonly asked: readonly string[];
  /** How many operations failed. */
  readonly failures: number;
}

/** The real file system, until its N-th operation. */
export function failingFileSystem(fault: FileFault): FailingFileSystem {
  const asked: string[] = [];
  let counted = 0;
  let failures = 0;
  const attempt = async <T>(operation: FileOperation, path: string, work: () => Promise<T>): Promise<T> => {
    asked.push(`${operation} ${path}`);
    if (fault.operations === undefined || fault.operations.includes(operation)) counted += 1;
    else return work();
    const fails = fault.forEver ? fault.nth > 0 && counted >= fault.nth : counted === fault.nth;
    if (!fails) return work();
    failures += 1;
    throw systemError(fault.code, operation, path);
  };
  return {
    asked,
    get failures() {
      return failures;
    },
    platform: fault.platform ?? nodeFileSystem.platform,
    open: (path, flags, mode) =>
      attempt('open', path, async () =>
        wrapFile(await nodeFileSystem.open(path, flags, mode), path, attempt),
      ),
    rename: (from, to) => attempt('rename', from, () => nodeFileSystem.rename(from, to)),
    link: (from, to) => attempt('link', from, () => nodeFileSystem.link(from, to)),
    unlink: (path) => attempt('unlink', path, () => nodeFileSystem.unlink(path)),
    lstat: (path) => attempt('lstat', path, () => nodeFileSystem.lstat(path)),
    mkdir: (path) => attempt('mkdir', path, () => nodeFileSystem.mkdir(path)),
    readdir: (path) => attempt('readdir', path, () => nodeFileSystem.readdir(path)),
    realpath: (path) => attempt('realpath', path, () => nodeFileSystem.realpath(path)),
  };
}

type Attempt = <T>(operation: FileOperation, path: string, work: () => Promise<T>) => Promise<T>;

function wrapFile(file: OpenFile, path: string, attempt: Attempt): OpenFile {
  return {
    write: async (data) => {
      try {
        await attempt('write', path, () => file.write(data));
      } catch (error) {
        // A disk that fills up has taken a part.
        await file.write(data.subarray(0, data.length / 2));
        throw error;
      }
    },
    feed: async (memory) => {
      const feed = await file.feed(memory);
      return { ...feed, append: (part) => attempt('feed', path, () => feed.append(part)) };
    },
    read: (buffer, position) => attempt('read', path, () => file.read(buffer, position)),
    truncate: (length) => attempt('truncate', path, () => file.truncate(length)),
    stat: () => file.stat(),
    setRights: (rights) => file.setRights(rights),
    sync: () => attempt('sync', path, () => file.sync()),
    close: async () => {
      // The descriptor goes in any case, as it does in reality.
      await file.close();
      await attempt('close', path, async () => {});
    },
  };
}

/** An error as the system's own calls throw it. */
export function systemError(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: failed on purpose, ${syscall} '${path}'`), {
    code,
    syscall,
    path,
    errno: -1,
  });
}
