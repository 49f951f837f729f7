import { dirname } from 'node:path';
import type { FileSystemConfig } from '../../config/configuration.ts';
import { syncDirectory } from '../../platform/atomic-file.ts';
import { type Clock, toIso } from '../../platform/clock.ts';
import { type FileSystem, nodeFileSystem } from '../../platform/file-system.ts';
import { killPoint } from '../../platform/kill-point.ts';
import type { FileKind, Kind } from '../../platform/kinds.ts';
import { forEachParallel } from '../../platform/parallel.ts';
import { notShared, sharedFileSystem } from '../../platform/sharing.ts';
import { discard, isTemporaryName, removeStaleTemporaries } from '../../platform/temporary-file.ts';
import type {
  Capabilities,
  CheckResult,
  Claim,
  Comparison,
  Delivery,
  Destination,
  HeldItem,
  HeldKey,
  Outcome,
  Position,
  RecordedClaim,
  Recovery,
  Renaming,
} from '../destination.ts';
import { groupedByName, itemOf, tellOthers } from './batch.ts';
import { checkDirectories } from './check.ts';
import type { IdentifyDocument } from './content.ts';
import { fileNameFor } from './file-name.ts';
import { adoptIntents, BatchNotes, Intents } from './intents.ts';
import {
  kindConfig,
  makeDirectory,
  makeDirectoryBelow,
  requireBelow,
  rootsOf,
  stagingIn,
  toSystemPath,
} from './layout.ts';
import { Manifest } from './manifest.ts';
import type { ManifestEntry } from './manifest-line.ts';
import { Placer } from './place.ts';
import { heldOf, isEmpty, recoveredEntries, recoverFrom } from './recover.ts';
import { pruneBackups } from './retention.ts';
import { SameDirectories } from './same-directories.ts';
import { draftEntry, type Job, type StoreContext, type Stored, storeItem } from './store-item.ts';

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
  readonly #storing: Omit<StoreContext, 'intend'>;
  readonly #intents: Intents;
  readonly #manifests = new Map<string, Manifest>();
  readonly #directories: SameDirectories;

  constructor(config: FileSystemConfig, context: FileSystemContext) {
    this.#config = config;
    this.#context = context;
    this.#fileSystem = sharedFileSystem(context.fileSystem ?? nodeFileSystem, config.sharing ?? notShared);
    this.#storing = {
      ...context,
      fileSystem: this.#fileSystem,
      placer: new Placer(this.#fileSystem),
      manifest: (root) => this.#manifest(root),
    };
    this.#directories = new SameDirectories((root) => this.#manifest(root).readId(), this.#fileSystem);
    this.#intents = new Intents(this.#fileSystem);
    const batch = { items: 256, bytes: 16 * 1024 ** 2 };
    this.capabilities = { kinds: new Set(config.kinds.keys()), batch, recognises: true, keepsRecords: true };
  }

  async open(signal: AbortSignal): Promise<void> {
    for (const kind of this.#context.kinds) {
      signal.throwIfAborted();
      const { directory } = kindConfig(this.#config, kind);
      await makeDirectory(directory, this.#fileSystem);
      await requireBelow(directory, stagingIn(directory), this.#fileSystem);
      await this.#directories.note(directory);
      this.#manifest(directory).keepIndex();
      await this.#manifest(directory).restoreNote();
      await this.#manifest(directory).locate();
      await adoptIntents({ ...this.#storing, root: directory, manifest: this.#manifest(directory) });
      const options = { fileSystem: this.#fileSystem, clock: this.#context.clock, isTemporary: isStaged };
      await removeStaleTemporaries(stagingIn(directory), staleAfterMs, options);
    }
  }

  async deliver(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]> {
    signal.throwIfAborted();
    const jobs = batch.map((delivery) => this.#job(delivery));
    await this.#requireSame(jobs);
    await this.#findOwn(jobs);
    const stored = new Map<Job, Stored>();
    const notes = new BatchNotes(jobs, (root, ofRoot) => this.#note(root, ofRoot));
    const storing: StoreContext = { ...this.#storing, intend: (job) => notes.of(job) };
    try {
      await forEachParallel(groupedByName(jobs), filesAtOnce, async (group) => {
        for (const [index, job] of group.entries()) {
          signal.throwIfAborted();
          const done = await storeItem(job, storing);
          stored.set(job, done);
          if (done.entry !== null) tellOthers(group.slice(index + 1), job, done.entry);
        }
      });
    } finally {
      // Also when the batch is cut short: what has its name already gets its line in the manifest.
      await this.#makeDurable(stored);
    }
    await notes.remove((path) => this.#intents.done(path));
    const warnings = await this.#prune(stored);
    return jobs.map((job) => ({ ...outcomeOf(stored, job), warnings: warnings.get(job) ?? [] }));
  }

  async stagingDirectory(kind: FileKind, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const root = kindConfig(this.#config, kind).directory;
    await this.#directories.require(root);
    const directory = stagingIn(root);
    await makeDirectoryBelow(root, directory, this.#fileSystem);
    return directory;
  }

  async advance(kind: Kind, { since, until }: Claim, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { transfer, site } = this.#context;
    const root = kindConfig(this.#config, kind).directory;
    const recorded = await this.#manifest(root).claim(transfer, site, kind);
    if (recorded !== null && !isNews({ since, until }, recorded)) return;
    await this.#append(root, {
      type: 'watermark',
      at: this.#now(),
      transfer,
      site,
      kind,
      since: toIso(since),
      watermark: toIso(until),
    });
  }

  async recover(kind: Kind, signal: AbortSignal): Promise<Recovery | null> {
    signal.throwIfAborted();
    return recoverFrom(this.#source(kind), this.#context.transfer, this.#context.site, kind);
  }

  async held(
    kind: Kind,
    items: readonly HeldKey[],
    signal: AbortSignal,
  ): Promise<readonly (HeldItem | null)[]> {
    signal.throwIfAborted();
    const { site } = this.#context;
    return heldOf(
      this.#source(kind),
      items.map((item) => ({ ...item, site, kind })),
    );
  }

  async recorded(kind: Kind, signal: AbortSignal): Promise<RecordedClaim | null> {
    signal.throwIfAborted();
    const { transfer, site } = this.#context;
    return this.#manifest(kindConfig(this.#config, kind).directory).claim(transfer, site, kind);
  }

  async compare(kind: Kind, known: Position | null, signal: AbortSignal): Promise<Comparison> {
    signal.throwIfAborted();
    const place = kindConfig(this.#config, kind).directory;
    const found = known === null ? await this.#holds(kind) : await this.#manifest(place).compare(known);
    return { found, place };
  }

  position(kind: Kind): Position | null {
    const { position } = this.#manifest(kindConfig(this.#config, kind).directory);
    return position && { ...position, transfer: this.#context.transfer };
  }

  async rename({ transfer, site }: Renaming, signal: AbortSignal): Promise<void> {
    for (const root of rootsOf(this.#config)) {
      signal.throwIfAborted();
      // A directory without a manifest holds nothing under any name.
      if (!(await this.#manifest(root).exists())) continue;
      await this.#append(root, {
        type: 'renamed',
        at: this.#now(),
        transfer_before: transfer.from,
        transfer: transfer.to,
        site_before: site.from,
        site: site.to,
      });
    }
  }

  check(signal: AbortSignal): AsyncIterable<CheckResult> {
    return checkDirectories(this.#config.name, rootsOf(this.#config), this.#fileSystem, signal);
  }

  async close(): Promise<void> {
    for (const manifest of this.#manifests.values()) manifest.close();
    await this.#intents.close();
  }

  #source(kind: Kind) {
    const { directory: root } = kindConfig(this.#config, kind);
    return { manifest: this.#manifest(root), root, fileSystem: this.#fileSystem };
  }

  async #holds(kind: Kind): Promise<'same' | 'empty'> {
    return (await isEmpty(recoveredEntries(this.#source(kind), this.#context.site, kind))) ? 'empty' : 'same';
  }

  /** Before anything is stored, and again before it is recorded: a disk may go at any time. */
  async #requireSame(jobs: Iterable<Job>): Promise<void> {
    const roots = new Set([...jobs].map(({ config }) => config.directory));
    for (const root of roots) await this.#directories.require(root);
  }

  async #append(root: string, entry: ManifestEntry): Promise<void> {
    await this.#directories.require(root);
    await this.#manifest(root).append([entry]);
  }

  #now(): string {
    return new Date(this.#context.clock.now()).toISOString();
  }

  #job(delivery: Delivery): Job {
    const config = kindConfig(this.#config, delivery.kind);
    const target = toSystemPath(config.directory, fileNameFor(config.fileName, delivery));
    return { delivery, config, target, own: [] };
  }

  /** What the manifests know of the items: all backups of a site would be one. */
  async #findOwn(jobs: readonly Job[]): Promise<void> {
    const named = jobs.filter(({ delivery }) => delivery.names.lsid !== null);
    for (const [root, ofRoot] of Map.groupBy(named, ({ config }) => config.directory)) {
      const found = await this.#manifest(root).filesOf(ofRoot.map(itemOf));
      for (const [index, job] of ofRoot.entries()) job.own = found[index] ?? [];
    }
  }

  #note(root: string, jobs: readonly Job[]): Promise<string> {
    return this.#intents.note(
      root,
      jobs.map((job) => draftEntry(job, this.#context)),
    );
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
    await this.#requireSame(written.map(([job]) => job));
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

/** What is on its way into the archive: a download, or a record that is being written. Nothing else is cleared away. */
function isStaged(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/.test(name) || isTemporaryName(name);
}

/** What must be known at once when the state is lost, or has come a day further. */
function isNews(claim: Claim, recorded: RecordedClaim): boolean {
  const isLess = claim.since !== recorded.since || claim.until < recorded.until;
  return isLess || claim.until >= recorded.until + secondsBetweenWatermarks;
}

function outcomeOf(stored: ReadonlyMap<Job, Stored>, job: Job): Outcome {
  const found = stored.get(job);
  if (found) return found.outcome;
  throw new Error('a batch ended without an outcome for one of its items');
}
