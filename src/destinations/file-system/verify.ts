import type { FileSystemConfig } from '../../config/configuration.ts';
import { systemClock, type UnixSeconds } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import { type FileSystem, nodeFileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode } from '../../platform/io-error.ts';
import { forEachParallel } from '../../platform/parallel.ts';
import type { StoredItem, StoredProblem, Verification } from '../verification.ts';
import { manifestFolder, rootsOf, toSystemPath } from './layout.ts';
import { Manifest, shortKey } from './manifest.ts';
import { manifestPath, monthFiles } from './manifest-files.ts';
import { type FileEntry, isFileEntry, type ManifestLine, parseLine, timeOf } from './manifest-line.ts';
import { linesAfter, readTail, type Tail } from './manifest-tail.ts';
import { followChain } from './verify-chain.ts';
import { filesBelow, verifyFile } from './verify-files.ts';

export interface VerifyOptions {
  /** The part of the files to re-read, chosen at random, above 0 and up to 1; all unless given. */
  readonly sample?: number | undefined;
  /** Only files whose session ended in this period, both ends included; backups by when they were stored. */
  readonly since?: UnixSeconds | undefined;
  readonly until?: UnixSeconds | undefined;
  /** Files read at once. */
  readonly concurrency?: number | undefined;
  readonly signal: AbortSignal;
  readonly fileSystem?: FileSystem | undefined;
}

/** Files checked between two looks at what was found. */
const chunk = 256;
const filesAtOnce = 4;

/**
 * Compares an archive with its manifests: first the chain of lines, then each file with the last line about it, then
 * the other way round whether there are files without one (unless only a sample or a period is asked for).
 */
export function verifyArchive(config: FileSystemConfig, options: VerifyOptions): Verification {
  const totals = { files: 0, bytes: 0, unsealed: 0 };
  return { totals, problems: verifyRoots(rootsOf(config), options, totals) };
}

async function* verifyRoots(
  roots: readonly string[],
  options: VerifyOptions,
  totals: Totals,
): AsyncGenerator<StoredProblem> {
  await refuseMissing(roots, options.fileSystem ?? nodeFileSystem);
  for (const root of roots) {
    const others = new Set(roots.filter((other) => other !== root));
    yield* new RootVerification(root, others, options, totals).problems();
  }
}

/** Each kind may have a directory of its own, which comes with its first delivery; one of them must be there. */
async function refuseMissing(roots: readonly string[], fileSystem: FileSystem): Promise<void> {
  for (const root of roots) {
    try {
      await fileSystem.lstat(root);
      return;
    } catch (error) {
      if (!isErrorCode(error, 'ENOENT')) throw ioError(error, root, 'open');
    }
  }
  throw new IcError(
    'io',
    `${roots.join(' and ')} is not there: nothing was delivered into it, or it is gone.`,
    {
      hint: 'Check directory of the destination, and that its disk or share is mounted.',
    },
  );
}

interface Totals {
  files: number;
  bytes: number;
}

class RootVerification {
  readonly #root: string;
  readonly #others: ReadonlySet<string>;
  readonly #options: VerifyOptions;
  readonly #totals: Totals;
  readonly #fileSystem: FileSystem;
  readonly #manifest: Manifest;
  readonly #startedAt = Date.now();
  /** For each path the place of the last line about it, counted over the whole manifest. */
  readonly #last = new Map<string, number>();
  #lines = 0;
  #end: Pick<Tail, 'file' | 'size'> = { file: null, size: 0 };

  constructor(root: string, others: ReadonlySet<string>, options: VerifyOptions, totals: Totals) {
    this.#root = root;
    this.#others = others;
    this.#options = options;
    this.#totals = totals;
    this.#fileSystem = options.fileSystem ?? nodeFileSystem;
    this.#manifest = new Manifest(root, { clock: systemClock, fileSystem: this.#fileSystem });
  }

  async *problems(): AsyncGenerator<StoredProblem> {
    yield* this.#verifyChain();
    yield* this.#verifyFiles();
    const { sample = 1, since, until } = this.#options;
    if (sample >= 1 && since === undefined && until === undefined) yield* this.#findUnknown();
  }

  async *#verifyChain(): AsyncGenerator<StoredProblem> {
    const noted = await this.#manifest.noted();
    this.#end = await readTail(this.#root, this.#fileSystem);
    for await (const item of followChain(this.#root, noted, this.#fileSystem)) {
      this.#options.signal.throwIfAborted();
      if (item.type === 'break') yield { kind: 'chain', path: item.path, message: item.message, item: null };
      else {
        this.#note(item.line);
        yield* this.#refuseRemoval(item.line);
      }
    }
  }

  /** Retention removes old backups, and nothing else is ever removed: a line that says so hides a missing file. */
  *#refuseRemoval(line: ManifestLine): Generator<StoredProblem> {
    if (line.type !== 'removed' || line.kind === 'backups') return;
    const message = `Line ${line.seq} of the manifest says that it was removed: ic removes nothing but old backups.`;
    yield { kind: 'chain', path: toSystemPath(this.#root, line.path), message, item: null };
  }

  #note(line: ManifestLine): void {
    this.#lines += 1;
    if (isFileEntry(line)) this.#last.set(shortKey(line.path), this.#lines);
    else if (line.type === 'removed') this.#last.delete(shortKey(line.path));
  }

  async *#verifyFiles(): AsyncGenerator<StoredProblem> {
    let entries: FileEntry[] = [];
    for await (const entry of this.#current()) {
      entries.push(entry);
      if (entries.length < chunk) continue;
      yield* await this.#compare(entries);
      entries = [];
    }
    yield* await this.#compare(entries);
  }

  /** The last line about each file that is asked for. Only they are held, and not all at once: archives are large. */
  async *#current(): AsyncGenerator<FileEntry> {
    const { sample = 1 } = this.#options;
    let place = 0;
    for await (const item of followChain(this.#root, null, this.#fileSystem)) {
      if (item.type === 'break') continue;
      place += 1;
      if (place > this.#lines) return;
      if (!isFileEntry(item.line) || this.#last.get(shortKey(item.line.path)) !== place) continue;
      if (this.#isInPeriod(timeOf(item.line)) && (sample >= 1 || Math.random() < sample)) yield item.line;
    }
  }

  #isInPeriod(time: UnixSeconds): boolean {
    const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = this.#options;
    return time >= since && time <= until;
  }

  async #compare(entries: readonly FileEntry[]): Promise<readonly StoredProblem[]> {
    const { signal, concurrency = filesAtOnce } = this.#options;
    const problems: StoredProblem[] = [];
    await forEachParallel(entries, concurrency, async (entry) => {
      signal.throwIfAborted();
      const path = toSystemPath(this.#root, entry.path);
      const verdict = await verifyFile(path, entry, this.#fileSystem, signal);
      this.#totals.files += 1;
      if (verdict === null) this.#totals.bytes += entry.bytes;
      else if (!(await this.#isKnownAfresh(entry.path))) {
        const item = verdict.kind === 'unreadable' ? null : itemOf(entry);
        problems.push({ ...verdict, path, item });
      }
    });
    return problems.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async *#findUnknown(): AsyncGenerator<StoredProblem> {
    if (this.#lines === 0 && (await monthFiles(this.#root, this.#fileSystem)).length === 0)
      return yield* this.#withoutManifest();
    for await (const path of filesBelow(this.#root, this.#others, this.#startedAt)) {
      this.#options.signal.throwIfAborted();
      if (this.#last.has(shortKey(path)) || (await this.#isKnownAfresh(path))) continue;
      const message = 'The manifest does not know this file.';
      yield { kind: 'unknown', path: toSystemPath(this.#root, path), message, item: null };
    }
  }

  /** Then no file is known, and one problem says as much as thousands. */
  async *#withoutManifest(): AsyncGenerator<StoredProblem> {
    let files = 0;
    for await (const _ of filesBelow(this.#root, this.#others, this.#startedAt)) {
      this.#options.signal.throwIfAborted();
      files += 1;
    }
    if (files === 0) return;
    const path = manifestPath(this.#root, '');
    const message =
      `The manifest is missing: nothing says what the files beside it (${files}) ought to hold. ` +
      `Restore ${manifestFolder} from a backup of ${this.#root}, then verify again.`;
    yield { kind: 'chain', path, message, item: null };
  }

  /** Whether a run has written about the path since the manifest was read: what was found then says nothing now. */
  async #isKnownAfresh(path: string): Promise<boolean> {
    for await (const { bytes } of linesAfter(this.#root, this.#end, this.#fileSystem)) {
      const line = parseLine(bytes.toString());
      if (line !== null && 'path' in line && line.path === path) return true;
    }
    return false;
  }
}

function itemOf(entry: FileEntry): StoredItem {
  return {
    transfer: entry.transfer,
    site: entry.site,
    kind: entry.kind,
    lsid: entry.lsid,
    instance: entry.instance,
    lseq: entry.lseq ?? null,
    sessionType: entry.session_type ?? null,
    externalKey: entry.external_key ?? null,
    startTime: seconds(entry.start),
    endTime: seconds(entry.end),
  };
}

function seconds(iso: string | null): UnixSeconds | null {
  return iso === null ? null : Date.parse(iso) / 1000;
}
