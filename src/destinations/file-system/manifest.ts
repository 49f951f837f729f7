import { hash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { syncDirectory, writeFileAtomically } from '../../platform/atomic-file.ts';
import type { Clock } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import type { FileSystem, OpenFile } from '../../platform/file-system.ts';
import { orIoError } from '../../platform/io-error.ts';
import { killPoint } from '../../platform/kill-point.ts';
import type { Kind } from '../../platform/kinds.ts';
import { acquireLock, type Lock } from '../../platform/lock.ts';
import type { Position, RecordedClaim } from '../destination.ts';
import { type IndexedItem, ItemIndex } from './item-index.ts';
import { makeDirectoryBelow, manifestFolder } from './layout.ts';
import {
  manifestPath,
  monthFile,
  monthFiles,
  newline,
  openIfThere,
  readLinesBackwards,
} from './manifest-files.ts';
import {
  type FileEntry,
  formatLine,
  hashLine,
  type ManifestEntry,
  type ManifestLine,
  parseLine,
} from './manifest-line.ts';
import {
  after,
  claimKey,
  type Note,
  readHead,
  readNote,
  readTail,
  type Tail,
  writeHead,
} from './manifest-tail.ts';

export interface ManifestContext {
  readonly clock: Clock;
  readonly fileSystem: FileSystem;
}

/** Beside the monthly files: what tells this archive from any other. */
const idFile = '.id';

/** In bytes. */
const longestId = 64;

/** Longest that an append waits for those of other runs, which take milliseconds each. */
const patienceMs = 60_000;

/**
 * The record of what was delivered into a directory: monthly files of JSON lines, each with the hash of the line
 * before. Lines are only ever appended, by any number of processes, one at a time.
 */
export class Manifest {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #fileSystem: FileSystem;
  #waiting: ManifestEntry[] = [];
  #scheduled: Promise<void> | null = null;
  #writing: Promise<unknown> = Promise.resolve();
  readonly #index: ItemIndex;
  #keepsIndex = false;
  #id: string | null = null;
  #tail: Tail | null = null;

  constructor(root: string, { clock, fileSystem }: ManifestContext) {
    this.#root = root;
    this.#clock = clock;
    this.#fileSystem = fileSystem;
    this.#index = new ItemIndex(root, fileSystem, () => this.#keepsIndex);
  }

  /** Appends entries; resolves when they are durable. What is asked for while one append runs is written together. */
  append(entries: readonly ManifestEntry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    this.#keepsIndex = true;
    this.#waiting.push(...entries);
    if (this.#scheduled === null) {
      this.#scheduled = this.#writing.then(() => this.#appendWaiting());
      this.#writing = this.#scheduled.catch(() => {});
    }
    return this.#scheduled;
  }

  /** The last claim that a transfer recorded for a site's kind. */
  async claim(transfer: string, site: string, kind: Kind): Promise<RecordedClaim | null> {
    const { claims } = await this.#readTail();
    return claims[claimKey(transfer, site, kind)] ?? null;
  }

  /** Where it ends, as far as this object has read or written it; null before, and of one without an id. */
  get position(): Omit<Position, 'transfer'> | null {
    if (this.#id === null || this.#tail === null) return null;
    return { id: this.#id, sequence: this.#tail.seq, hash: this.#tail.hash };
  }

  /** What stands beside the lines since the first append of a version that makes it; null: nothing. */
  async readId(): Promise<string | null> {
    const path = manifestPath(this.#root, idFile);
    const file = await openIfThere(path, 'r', this.#fileSystem);
    if (file === null) return null;
    try {
      const buffer = Buffer.alloc(longestId);
      const length = await orIoError(file.read(buffer, 0), path, 'read');
      return buffer.toString('utf8', 0, length).trim() || null;
    } finally {
      await file.close();
    }
  }

  /** From then on the position of a manifest with an id is known, also where nothing is appended. */
  async locate(): Promise<void> {
    if (this.position !== null || !(await this.exists())) return;
    await this.#readTail();
    this.#id = await this.readId();
  }

  async exists(): Promise<boolean> {
    return (await monthFiles(this.#root, this.#fileSystem)).length > 0;
  }

  /** Whether it holds what it held when it ended at `known`. */
  async compare(known: Position): Promise<'same' | 'empty' | 'other' | 'behind'> {
    const tail = await this.#readTail();
    this.#id = await this.readId();
    if ((await this.#hashAt(known.sequence, tail)) === known.hash) return 'same';
    if (this.#id === known.id) return 'behind';
    return tail.seq === 0 ? 'empty' : 'other';
  }

  /** Read from the end: few lines have come since a transfer ran last. */
  async #hashAt(sequence: number, tail: Tail): Promise<string | null> {
    if (tail.seq <= sequence) return tail.seq === sequence ? tail.hash : null;
    for await (const { bytes, line } of this.#linesBackwards()) {
      if (line.seq <= sequence) return line.seq === sequence ? hashLine(bytes) : null;
    }
    return null;
  }

  async #readTail(): Promise<Tail> {
    this.#tail = await readTail(this.#root, this.#fileSystem);
    return this.#tail;
  }

  /** Notes anew where it ends, when that note was lost or torn. */
  async restoreNote(): Promise<void> {
    if (!(await this.exists()) || (await readHead(this.#root, this.#fileSystem)) !== null) return;
    const lock = await this.#lock();
    try {
      await writeHead(this.#root, await readTail(this.#root, this.#fileSystem), this.#fileSystem);
    } finally {
      await lock.release();
    }
  }

  /** Where the manifest ended after the last append; null when that was not noted or the note was lost. */
  async noted(): Promise<Note | null> {
    if ((await monthFiles(this.#root, this.#fileSystem)).length === 0)
      return readNote(this.#root, this.#fileSystem);
    const lock = await this.#lock();
    try {
      return await readNote(this.#root, this.#fileSystem);
    } finally {
      await lock.release();
    }
  }

  /** The lines, newest first. */
  async *backwards(): AsyncGenerator<ManifestLine> {
    for await (const { line } of this.#linesBackwards()) yield line;
  }

  async *#linesBackwards(): AsyncGenerator<{ readonly bytes: Buffer; readonly line: ManifestLine }> {
    for (const file of (await monthFiles(this.#root, this.#fileSystem)).toReversed()) {
      for await (const bytes of readLinesBackwards(manifestPath(this.#root, file), this.#fileSystem)) {
        const line = parseLine(bytes.toString());
        if (line !== null) yield { bytes, line };
      }
    }
  }

  /** For each item the files that hold it by the last line about each, newest line first. */
  filesOf(items: readonly IndexedItem[]): Promise<readonly (readonly FileEntry[])[]> {
    return this.#index.filesOf(items);
  }

  /** The last line about a path; null when there is none, or when it says that the file was removed. */
  lastAbout(path: string): Promise<FileEntry | null> {
    return this.#index.lastAbout(path);
  }

  /** The names under which a transfer's lines stand. */
  namesOfTransfer(transfer: string): Promise<ReadonlySet<string>> {
    return this.#index.namesOfTransfer(transfer);
  }

  /** From here on the index may be written, too: it is not in a run that changes nothing. */
  keepIndex(): void {
    this.#keepsIndex = true;
  }

  close(): void {
    this.#index.close();
  }

  async #appendWaiting(): Promise<void> {
    this.#scheduled = null;
    const entries = this.#waiting;
    this.#waiting = [];
    await makeDirectoryBelow(this.#root, join(this.#root, manifestFolder), this.#fileSystem);
    const lock = await this.#lock();
    try {
      await this.#appendLines(entries);
    } finally {
      await lock.release();
    }
  }

  async #lock(): Promise<Lock> {
    const folder = await canonicalFolder(this.#root, this.#fileSystem);
    const lock = await acquireLock(join(folder, '.lock'), {
      waitMs: patienceMs,
      clock: this.#clock,
      rights: this.#fileSystem.rights?.(),
    });
    if (lock !== null) return lock;
    throw new IcError(
      'io',
      `Cannot write to ${folder}: another run has held it for ${patienceMs / 1000} s.`,
      {
        hint: 'Look for a run of ic that hangs, and end it.',
      },
    );
  }

  async #appendLines(entries: readonly ManifestEntry[]): Promise<void> {
    const tail = await this.#readTail();
    await this.#makeId();
    const month = monthFile(this.#clock.now());
    // A clock set back must not put a line before those that it follows.
    const file = tail.file !== null && tail.file > month ? tail.file : month;
    const mended = await this.#mend(tail);
    const size = file === tail.file ? mended.size : 0;
    if (tail.seq === 0) await writeHead(this.#root, tail, this.#fileSystem);
    const { text, end } = chain({ ...tail, file, size }, [...mended.entries, ...entries]);
    await this.#appendText(file, text);
    if (size === 0) await syncDirectory(join(this.#root, manifestFolder), { fileSystem: this.#fileSystem });
    await writeHead(this.#root, end, this.#fileSystem);
    this.#tail = end;
    killPoint('manifest:noted');
  }

  async #makeId(): Promise<void> {
    this.#id = await this.readId();
    if (this.#id !== null) return;
    const id = randomUUID();
    await writeFileAtomically(manifestPath(this.#root, idFile), Buffer.from(`${id}\n`), {
      fileSystem: this.#fileSystem,
    });
    this.#id = id;
  }

  /**
   * Takes a line away that a crash cut off: it was not acknowledged. Where lines are missing that were there once,
   * the chain goes on from the last of those, so that the gap shows for ever.
   */
  async #mend({ file, size }: Tail): Promise<{ size: number; entries: readonly ManifestEntry[] }> {
    if (file === null) return { size: 0, entries: [] };
    const path = manifestPath(this.#root, file);
    const handle = await orIoError(this.#fileSystem.open(path, 'a+'), path, 'write');
    try {
      const actual = (await orIoError(handle.stat(), path, 'read')).size;
      if (actual <= size) return { size: await this.#endLine(handle, path, actual), entries: [] };
      await orIoError(handle.truncate(size), path, 'write');
      const at = new Date(this.#clock.now()).toISOString();
      return { size, entries: [{ type: 'repair', at, dropped_bytes: actual - size }] };
    } finally {
      await handle.close();
    }
  }

  /** A file cut in the middle of a line, by whomever, must not swallow the line that comes next. */
  async #endLine(handle: OpenFile, path: string, size: number): Promise<number> {
    const last = Buffer.alloc(1);
    if (size === 0) return 0;
    await orIoError(handle.read(last, size - 1), path, 'read');
    if (last[0] === newline) return size;
    await orIoError(handle.write(Buffer.of(newline)), path, 'write');
    return size + 1;
  }

  async #appendText(file: string, text: string): Promise<void> {
    const path = manifestPath(this.#root, file);
    const handle = await orIoError(this.#fileSystem.open(path, 'a'), path, 'write');
    try {
      await orIoError(handle.write(Buffer.from(text)), path, 'write');
      killPoint('manifest:written');
      await orIoError(handle.sync(), path, 'write');
      killPoint('manifest:synced');
    } finally {
      await handle.close();
    }
  }
}

/** One name for the lock, however the directory's path is written. */
function canonicalFolder(root: string, fileSystem: FileSystem): Promise<string> {
  const folder = join(root, manifestFolder);
  return orIoError(fileSystem.realpath(folder), folder, 'open');
}

/** The entries as lines that continue the chain, and the tail that they make. */
function chain(
  tail: Tail & { readonly file: string },
  entries: readonly ManifestEntry[],
): { text: string; end: Tail } {
  let text = '';
  let end: Tail = tail;
  for (const entry of entries) {
    const line = formatLine(entry, { seq: end.seq + 1, previous: end.hash });
    const bytes = Buffer.from(line);
    end = after(end, tail.file, end.size + bytes.length + 1, bytes);
    text += `${line}\n`;
  }
  return { text, end };
}

/** The longest that V8 copies out of a longer text instead of keeping all of that. */
const keyLength = 12;

/** A path in twelve bytes: an archive has millions. */
export function shortKey(path: string): string {
  return hash('sha256', path, 'latin1').slice(0, keyLength);
}
