import { hash } from 'node:crypto';
import type { FileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode, orIoError } from '../../platform/io-error.ts';
import type { Kind } from '../../platform/kinds.ts';
import { prepareDatabase } from '../../platform/own-file.ts';
import {
  type IndexedLine,
  type IndexPosition,
  ItemIndexFile,
  isBeyondUse,
  type LinePlace,
  type Renaming,
  removeIndexFile,
  WrongIndexError,
} from './item-index-file.ts';
import { manifestPath, openIfThere } from './manifest-files.ts';
import { type FileEntry, hashLine, isFileEntry, type ManifestLine, parseLine } from './manifest-line.ts';
import { linesAfter } from './manifest-tail.ts';

/** What an item is known by. Of backups all are one item of a site. */
export interface IndexedItem {
  readonly site: string;
  readonly kind: Kind;
  readonly lsid: string | null;
  readonly instance: number | null;
}

/** Beside the monthly files. Whoever removes it costs the next lookup the reading of the manifest. */
const indexFile = '.items.db';

/**
 * Lines that are kept in memory before they are written into the file, while a run goes on and at its end. Keys are
 * random, so that each time most of the file is written: seldom is cheaper.
 */
const mostFresh = 65_536;
const fewFresh = 512;

const beginning: IndexPosition = { file: null, size: 0, last: null };

/**
 * Finds the lines of a manifest by what they are about, without reading all of it. It holds places alone: what a line
 * says is read from the manifest each time, so that an index that is wrong can hide a line, and never make one up. It
 * catches up with the manifest before each answer; what it has read since is in memory, and goes into the file now and
 * then. A file that is missing, damaged, of another version or about another manifest is made anew; where none can be
 * used, everything is kept in memory.
 */
export class ItemIndex {
  readonly #root: string;
  readonly #fileSystem: FileSystem;
  readonly #mayWrite: () => boolean;
  #file: ItemIndexFile | null = null;
  #isOpened = false;
  #fresh = new FreshLines();
  #renamings: Renaming[] = [];
  #position = beginning;
  /** How many fresh lines are too many. */
  #saveAt = mostFresh;
  #turn: Promise<unknown> = Promise.resolve();

  /** `mayWrite` says whether the file may be written by now: a dry run changes nothing. */
  constructor(root: string, fileSystem: FileSystem, mayWrite: () => boolean) {
    this.#root = root;
    this.#fileSystem = fileSystem;
    this.#mayWrite = mayWrite;
  }

  /** For each item the files that hold it by the last line about each, newest line first. */
  filesOf(items: readonly IndexedItem[]): Promise<readonly (readonly FileEntry[])[]> {
    return this.#inTurn(async () => {
      const found: (readonly FileEntry[])[] = [];
      for (const item of items) found.push(await this.#filesOf(item));
      return found;
    });
  }

  /** The last line about a path; null when there is none, or when it says that the file was removed. */
  lastAbout(path: string): Promise<FileEntry | null> {
    return this.#inTurn(async () => {
      const found = await this.#lastAbout(path);
      return found !== null && isFileEntry(found.line) ? found.line : null;
    });
  }

  /** Whether the line of a file is one of this transfer's, under the names that it has had. */
  namesOfTransfer(transfer: string): Promise<ReadonlySet<string>> {
    return this.#inTurn(
      async () => new Set(spansOf(transfer, this.#renamings, 'transfer').map(({ name }) => name)),
    );
  }

  close(): void {
    if (this.#isOpened && this.#fresh.count >= fewFresh) this.#save();
    this.#file?.close();
    this.#file = null;
    this.#isOpened = false;
    this.#restart();
  }

  /** One after another, each with an index that has caught up; once more without the file when that fails. */
  #inTurn<Result>(answer: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(async () => {
      try {
        await this.#catchUp();
        return await answer();
      } catch (error) {
        if (!isOfIndex(error)) throw error;
        this.#abandon(error);
        await this.#catchUp();
        return answer();
      }
    });
    this.#turn = result.catch(() => {});
    return result;
  }

  async #filesOf({ site, kind, lsid, instance }: IndexedItem): Promise<readonly FileEntry[]> {
    const places: LinePlace[] = [];
    for (const { name, from, until } of spansOf(site, this.#renamings, 'site')) {
      const found = this.#places('item', itemKey({ site: name, kind, lsid, instance }));
      places.push(...found.filter(({ place }) => place > from && place < until));
    }
    const names = new Set(spansOf(site, this.#renamings, 'site').map(({ name }) => name));
    const files: FileEntry[] = [];
    for (const place of places.sort(newestFirst)) {
      const line = await this.#read(place);
      if (line === null || !isFileEntry(line)) continue;
      const isIt =
        line.kind === kind && line.lsid === lsid && line.instance === instance && names.has(line.site);
      if (isIt && (await this.#lastAbout(line.path))?.place === place.place) files.push(line);
    }
    return files;
  }

  async #lastAbout(path: string): Promise<{ readonly place: number; readonly line: ManifestLine } | null> {
    for (const place of this.#places('path', keyOf(path))) {
      const line = await this.#read(place);
      if (line !== null && 'path' in line && line.path === path) return { place: place.place, line };
    }
    return null;
  }

  /** Newest first. */
  #places(by: 'item' | 'path', key: number): readonly LinePlace[] {
    const kept = (by === 'item' ? this.#file?.ofItem(key) : this.#file?.ofPath(key)) ?? [];
    const fresh = this.#fresh.of(by, key).toReversed();
    const [newest] = kept;
    // Another process may have written what is fresh here.
    return newest === undefined ? fresh : [...fresh.filter(({ place }) => place > newest.place), ...kept];
  }

  async #read({ place, length }: LinePlace): Promise<ManifestLine | null> {
    const bytes = await this.#bytesAt({ place, length });
    return bytes === null ? null : parseLine(bytes.toString());
  }

  async #bytesAt({ place, length }: LinePlace): Promise<Buffer | null> {
    const { name, offset } = whereIs(place);
    const path = manifestPath(this.#root, name);
    const file = await openIfThere(path, 'r', this.#fileSystem);
    if (file === null) return null;
    try {
      const buffer = Buffer.alloc(length);
      return (await orIoError(file.read(buffer, offset), path, 'read')) === length ? buffer : null;
    } finally {
      await file.close();
    }
  }

  async #catchUp(): Promise<void> {
    if (!this.#isOpened) await this.#open();
    for await (const { file, bytes, end } of linesAfter(this.#root, this.#position, this.#fileSystem)) {
      this.#note(file, bytes, end);
      if (this.#fresh.count >= this.#saveAt) this.#save();
    }
  }

  #note(file: string, bytes: Buffer, end: number): void {
    const at = { place: placeOf(file, end - bytes.length - 1), length: bytes.length };
    this.#position = { file, size: end, last: { ...at, hash: hashLine(bytes) } };
    const line = parseLine(bytes.toString());
    if (line === null) return;
    if (line.type === 'renamed') this.#renamings.push(renamingAt(at.place, line));
    else if (isFileEntry(line)) this.#fresh.add({ ...at, path: keyOf(line.path), item: itemKey(line) });
    else if (line.type === 'removed') this.#fresh.add({ ...at, path: keyOf(line.path), item: null });
  }

  async #open(): Promise<void> {
    this.#isOpened = true;
    try {
      await this.#openFile();
    } catch (error) {
      if (!isOfIndex(error)) throw error;
      this.#abandon(error);
    }
  }

  async #openFile(): Promise<void> {
    if (!(await exists(this.#indexPath, this.#fileSystem))) return;
    prepareDatabase(this.#indexPath, { create: false });
    this.#file = new ItemIndexFile(this.#indexPath, { readOnly: !this.#mayWrite() });
    this.#position = this.#file.position();
    this.#renamings = [...this.#file.renamings()];
    const { last } = this.#position;
    if (last === null) return;
    const bytes = await this.#bytesAt(last);
    if (bytes === null || hashLine(bytes) !== last.hash)
      throw new WrongIndexError('an index of another manifest');
  }

  /** A file that cannot be written is done without: what is in memory stays there. */
  #save(): void {
    if (!this.#mayWrite()) return;
    try {
      this.#file ??= this.#create();
      this.#file.add(this.#fresh.lines(), this.#renamings, this.#position);
      this.#fresh = new FreshLines();
      this.#saveAt = mostFresh;
    } catch {
      // Locked, read-only or full. It is tried again when as much has gathered once more.
      this.#saveAt = this.#fresh.count + mostFresh;
    }
  }

  #create(): ItemIndexFile {
    prepareDatabase(this.#indexPath, { create: true });
    return new ItemIndexFile(this.#indexPath, { readOnly: false });
  }

  #abandon(error: unknown): void {
    this.#file?.close();
    this.#file = null;
    if (isBeyondUse(error) && this.#mayWrite()) removeIndexFile(this.#indexPath);
    this.#restart();
  }

  #restart(): void {
    this.#fresh = new FreshLines();
    this.#renamings = [];
    this.#position = beginning;
  }

  get #indexPath(): string {
    return manifestPath(this.#root, indexFile);
  }
}

/** What has been read and is not in the file, oldest first. */
class FreshLines {
  readonly #lines: IndexedLine[] = [];
  readonly #byItem = new Map<number, IndexedLine[]>();
  readonly #byPath = new Map<number, IndexedLine[]>();

  get count(): number {
    return this.#lines.length;
  }

  add(line: IndexedLine): void {
    this.#lines.push(line);
    addTo(this.#byPath, line.path, line);
    if (line.item !== null) addTo(this.#byItem, line.item, line);
  }

  of(by: 'item' | 'path', key: number): readonly IndexedLine[] {
    return (by === 'item' ? this.#byItem : this.#byPath).get(key) ?? [];
  }

  lines(): readonly IndexedLine[] {
    return this.#lines;
  }
}

function addTo(map: Map<number, IndexedLine[]>, key: number, line: IndexedLine): void {
  const lines = map.get(key);
  if (lines === undefined) map.set(key, [line]);
  else lines.push(line);
}

function newestFirst(a: LinePlace, b: LinePlace): number {
  return b.place - a.place;
}

/** 48 bits of a hash: small, and what two texts may share, since each line is read before it counts. */
function keyOf(text: string): number {
  return hash('sha256', text, 'buffer').readUIntBE(0, 6);
}

function itemKey({ site, kind, lsid, instance }: IndexedItem): number {
  return keyOf(`${kind}/${site}/${instance}/${lsid}`);
}

/** More bytes than a month's file has. */
const bytesOfMonth = 2 ** 36;

/** A number for a month's file and an offset in it, in the order of lines. */
function placeOf(file: string, offset: number): number {
  const [, year, month] = /(\d{4})-(\d{2})/.exec(file) ?? [];
  return (Number(year) * 12 + Number(month) - 1) * bytesOfMonth + offset;
}

function whereIs(place: number): { readonly name: string; readonly offset: number } {
  const months = Math.floor(place / bytesOfMonth);
  const year = String(Math.floor(months / 12)).padStart(4, '0');
  const month = String((months % 12) + 1).padStart(2, '0');
  return { name: `manifest-${year}-${month}.jsonl`, offset: place % bytesOfMonth };
}

function renamingAt(place: number, line: ManifestLine & { readonly type: 'renamed' }): Renaming {
  return {
    place,
    transferBefore: line.transfer_before,
    transfer: line.transfer,
    siteBefore: line.site_before,
    site: line.site,
  };
}

/** A name that something had, in the lines between two places. */
interface Span {
  readonly name: string;
  from: number;
  readonly until: number;
}

/** The names that what is called so now has had, the present one first. */
function spansOf(name: string, renamings: readonly Renaming[], of: 'site' | 'transfer'): readonly Span[] {
  const spans: Span[] = [{ name, from: -1, until: Number.POSITIVE_INFINITY }];
  for (const renaming of renamings.toReversed()) {
    const { place } = renaming;
    const [before, now] =
      of === 'site' ? [renaming.siteBefore, renaming.site] : [renaming.transferBefore, renaming.transfer];
    if (before === now) continue;
    const isOpen = (span: Span, called: string) =>
      span.name === called && span.from < 0 && span.until > place;
    const gainsName = spans.some((span) => isOpen(span, now));
    // What was called so before that place is what has taken another name there.
    for (const span of spans) if (isOpen(span, before)) span.from = place;
    if (gainsName) spans.push({ name: before, from: -1, until: place });
  }
  return spans;
}

async function exists(path: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    await fileSystem.lstat(path);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw ioError(error, path, 'open');
  }
}

function isOfIndex(error: unknown): boolean {
  return (
    error instanceof WrongIndexError ||
    // A number that is too large for JavaScript: ic wrote none.
    ['ERR_SQLITE_ERROR', 'ERR_OUT_OF_RANGE'].includes(String((error as { readonly code?: unknown }).code))
  );
}
