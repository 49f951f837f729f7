import { dirname } from 'node:path';
import type { FileSystemConfig } from '../../config/configuration.ts';
import { syncDirectory } from '../../platform/atomic-file.ts';
import { type Clock, toIso, type UnixSeconds } from '../../platform/clock.ts';
import { type FileSystem, nodeFileSystem } from '../../platform/file-system.ts';
import { killPoint } from '../../platform/kill-point.ts';
import type { FileKind, Kind } from '../../platform/kinds.ts';
import { forEachParallel } from '../../platform/parallel.ts';
import { discard, removeStaleTemporaries } from '../../platform/temporary-file.ts';
import type { Capabilities, CheckResult, Delivery, Destination, Outcome, Recovery } from '../destination.ts';
import { checkDirectories } from './check.ts';
import type { IdentifyDocument } from './content.ts';
import { fileNameFor } from './file-name.ts';
import { kindConfig, makeDirectory, rootsOf, stagingIn, toSystemPath } from './layout.ts';
import { Manifest } from './manifest.ts';
import { Placer } from './place.ts';
import { recoverFrom } from './recover.ts';
import { pruneBackups } from './retention.ts';
import { type Job, type StoreContext, type Stored, storeItem } from './store-item.ts';

export interface FileSystemContext {
  /** Whose records are kept. */
  readonly transfer: string;
  readonly site: string;
  /** What will be delivered: directories of other kinds are left alone. */
  readonly kinds: readonly Kind[];
  /** Recognises what a stored document holds: `identifyDocument` of sessions/parse.ts. */
  readonly identify: IdentifyDocument;
  readonly clock: Clock;
  readonly fileSystem?: FileSystem;
}

/** Files written at once: enough to keep a disk busy while each waits for its sync. */
const filesAtOnce = 8;

/** A temporary file this old belongs to a run that is gone. */
const staleAfterMs = 24 * 3600 * 1000;

/** An idle transfer adds one line a day to the manifest. */
const secondsBetweenWatermarks = 86_400;

/** Files in directories, one for each record, recording and backup, and beside them a manifest of all of them. */
export function createFileSystemDestination(
  config: FileSystemConfig,
  context: FileSystemContext,
): Destination {
  return new FileSystemDestination(config, context);
}

class FileSystemDestination implements Destination {
  readonly capabilities: Capabilities;
  readonly #config: FileSystemConfig;
  readonly #context: FileSystemContext;
  readonly #fileSystem: FileSystem;
  readonly #storing: StoreContext;
  readonly #manifests = new Map<string, Manifest>();

  constructor(config: FileSystemConfig, context: FileSystemContext) {
    this.#config = config;
    this.#context = context;
    this.#fileSystem = context.fileSystem ?? nodeFileSystem;
    this.#storing = {
      ...context,
      fileSystem: this.#fileSystem,
      placer: new Placer(this.#fileSystem),
      manifest: (root) => this.#manifest(root),
    };
    const batch = { items: 256, bytes: 16 * 1024 ** 2 };
    this.capabilities = { kinds: new Set(config.kinds.keys()), batch, recognises: true, keepsRecords: true };
  }

  async open(signal: AbortSignal): Promise<void> {
    for (const kind of this.#context.kinds) {
      signal.throwIfAborted();
      const { directory } = kindConfig(this.#config, kind);
      await makeDirectory(directory, this.#fileSystem);
      const options = { fileSystem: this.#fileSystem, clock: this.#context.clock, prefix: '' };
      await removeStaleTemporaries(stagingIn(directory), staleAfterMs, options);
    }
  }

  async deliver(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]> {
    signal.throwIfAborted();
    const jobs = batch.map((delivery) => this.#job(delivery));
    const stored = new Map<Job, Stored>();
    try {
      await forEachParallel(groupedByTarget(jobs), filesAtOnce, async (group) => {
        for (const job of group) {
          signal.throwIfAborted();
          stored.set(job, await storeItem(job, this.#storing));
        }
      });
    } finally {
      // Also when the batch is cut short: what has its name already gets its line in the manifest.
      await this.#makeDurable(stored);
    }
    const warnings = await this.#prune(stored);
    return jobs.map((job) => ({ ...outcomeOf(stored, job), warnings: warnings.get(job) ?? [] }));
  }

  async stagingDirectory(kind: FileKind, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const directory = stagingIn(kindConfig(this.#config, kind).directory);
    await makeDirectory(directory, this.#fileSystem);
    return directory;
  }

  async advance(kind: Kind, watermark: UnixSeconds, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { transfer, site, clock } = this.#context;
    const manifest = this.#manifest(kindConfig(this.#config, kind).directory);
    const recorded = await manifest.watermark(site, kind);
    if (recorded !== null && watermark < recorded + secondsBetweenWatermarks) return;
    const at = new Date(clock.now()).toISOString();
    await manifest.append([{ type: 'watermark', at, transfer, site, kind, watermark: toIso(watermark) }]);
  }

  async recover(kind: Kind, signal: AbortSignal, since: UnixSeconds | null = null): Promise<Recovery | null> {
    signal.throwIfAborted();
    const { directory: root } = kindConfig(this.#config, kind);
    const source = { manifest: this.#manifest(root), root, fileSystem: this.#fileSystem, since };
    return recoverFrom(source, this.#context.site, kind);
  }

  async recorded(kind: Kind, signal: AbortSignal): Promise<UnixSeconds | null> {
    signal.throwIfAborted();
    return this.#manifest(kindConfig(this.#config, kind).directory).watermark(this.#context.site, kind);
  }

  check(signal: AbortSignal): AsyncIterable<CheckResult> {
    return checkDirectories(this.#config.name, rootsOf(this.#config), this.#fileSystem, signal);
  }

  /** Nothing is kept open between calls. */
  async close(): Promise<void> {}

  #job(delivery: Delivery): Job {
    const config = kindConfig(this.#config, delivery.kind);
    const target = toSystemPath(config.directory, fileNameFor(config.fileName, delivery));
    return { delivery, config, target };
  }

  #manifest(root: string): Manifest {
    const existing = this.#manifests.get(root);
    if (existing) return existing;
    const manifest = new Manifest(root, { clock: this.#context.clock, fileSystem: this.#fileSystem });
    this.#manifests.set(root, manifest);
    return manifest;
  }

  /** The end of the order of writes: names, each directory once, then the manifest's lines. */
  async #makeDurable(stored: ReadonlyMap<Job, Stored>): Promise<void> {
    const written = [...stored].filter(([, { entry }]) => entry !== null);
    const directories = new Set(written.map(([, { outcome }]) => dirname(outcome.location ?? '')));
    await forEachParallel(directories, filesAtOnce, (path) =>
      syncDirectory(path, { fileSystem: this.#fileSystem }),
    );
    killPoint('file:directory-synced');
    for (const [root, pairs] of Map.groupBy(written, ([job]) => job.config.directory)) {
      await this.#manifest(root).append(pairs.flatMap(([, { entry }]) => (entry === null ? [] : [entry])));
    }
    const leftovers = [...stored.values()].flatMap(({ leftover }) => (leftover === null ? [] : [leftover]));
    await forEachParallel(leftovers, filesAtOnce, (path) => discard(path, { fileSystem: this.#fileSystem }));
  }

  /** Once a new backup is safe, old ones may go. */
  async #prune(stored: ReadonlyMap<Job, Stored>): Promise<ReadonlyMap<Job, readonly string[]>> {
    const warnings = new Map<Job, readonly string[]>();
    for (const [job, { outcome }] of stored) {
      const { retentionCount, directory } = job.config;
      if (job.delivery.kind !== 'backups' || retentionCount === null || outcome.status === 'refused')
        continue;
      const at = new Date(this.#context.clock.now()).toISOString();
      const { site } = job.delivery.names;
      const context = {
        manifest: this.#manifest(directory),
        root: directory,
        site,
        transfer: this.#context.transfer,
        fileSystem: this.#fileSystem,
        at,
      };
      warnings.set(job, await pruneBackups(retentionCount, context));
    }
    return warnings;
  }
}

/** Items of one name are stored one after another, in their order; those of different names side by side. */
function groupedByTarget(jobs: readonly Job[]): Iterable<readonly Job[]> {
  return Map.groupBy(jobs, (job) => job.target.normalize('NFC').toLowerCase()).values();
}

function outcomeOf(stored: ReadonlyMap<Job, Stored>, job: Job): Outcome {
  const found = stored.get(job);
  if (found) return found.outcome;
  throw new Error('a batch ended without an outcome for one of its items');
}
