import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../../platform/atomic-file.ts';
import type { Clock } from '../../platform/clock.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode, orIoError } from '../../platform/io-error.ts';
import { isRecordKind } from '../../platform/kinds.ts';
import { acquireLock, type Lock } from '../../platform/lock.ts';
import { discard } from '../../platform/temporary-file.ts';
import { type Digest, digestOf, type IdentifyDocument, readChunks } from './content.ts';
import { makeDirectoryBelow, stagingIn, toManifestPath, toSystemPath } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { type FileEntry, parseEntry } from './manifest-line.ts';
import { numbered } from './place.ts';
import type { Job } from './store-item.ts';

/**
 * Between the moment at which a file gets its name and the one at which the manifest has its line, a run may be killed.
 * What it was about to store is therefore written down before, in the staging directory, and taken back when the lines
 * are there. The next run adopts what it finds by these notes, whoever made them: the files that are there, by their
 * content, with the lines that they should have got.
 */

/** How the names of notes and of their writers' locks begin. */
const intentPrefix = '.ic-intent-';

export function isIntent(name: string): boolean {
  return name.startsWith(intentPrefix);
}

/** Notes that one run has written in a directory. As long as one of them is not done, the run holds a lock beside them. */
interface Writing {
  readonly id: string;
  readonly lock: Promise<Lock | null>;
  readonly notes: Set<string>;
}

export class Intents {
  readonly #fileSystem: FileSystem;
  readonly #writing = new Map<string, Writing>();

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  /** Notes what is about to be stored below `root`; resolves with the note's path when it is durable. */
  async note(root: string, entries: readonly FileEntry[]): Promise<string> {
    const staging = stagingIn(root);
    await makeDirectoryBelow(root, staging, this.#fileSystem);
    const { id, lock, notes } = this.#begin(staging);
    const path = join(staging, `${intentPrefix}${id}-${randomUUID().slice(0, 8)}.jsonl`);
    notes.add(path);
    await lock;
    const file = await orIoError(this.#fileSystem.open(path, 'wx'), path, 'write');
    try {
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      await orIoError(file.write(Buffer.from(text)), path, 'write');
      await orIoError(file.sync(), path, 'write');
    } finally {
      await file.close();
    }
    await syncDirectory(staging, { fileSystem: this.#fileSystem });
    return path;
  }

  /** The manifest has the lines. */
  async done(note: string): Promise<void> {
    const staging = dirname(note);
    const writing = this.#writing.get(staging);
    await discard(note, { fileSystem: this.#fileSystem });
    writing?.notes.delete(note);
    if (writing?.notes.size === 0) await this.#end(staging, writing);
  }

  /** What is not done by then is left to the next run. */
  async close(): Promise<void> {
    for (const [staging, writing] of this.#writing) await this.#end(staging, writing);
  }

  #begin(staging: string): Writing {
    const present = this.#writing.get(staging);
    if (present !== undefined) return present;
    const id = randomUUID();
    const writing = {
      id,
      lock: acquireLock(lockPath(staging, id), { rights: this.#fileSystem.rights?.() }),
      notes: new Set<string>(),
    };
    this.#writing.set(staging, writing);
    return writing;
  }

  async #end(staging: string, { id, lock }: Writing): Promise<void> {
    this.#writing.delete(staging);
    await (await lock)?.release();
    await discard(lockPath(staging, id), { fileSystem: this.#fileSystem });
  }
}

/** The notes of a batch: one for each directory, written before the first file there gets its name. */
export class BatchNotes {
  readonly #jobs: ReadonlyMap<string, readonly Job[]>;
  readonly #write: (root: string, jobs: readonly Job[]) => Promise<string>;
  readonly #notes = new Map<string, Promise<string>>();

  constructor(jobs: readonly Job[], write: (root: string, jobs: readonly Job[]) => Promise<string>) {
    this.#jobs = Map.groupBy(jobs, ({ config }) => config.directory);
    this.#write = write;
  }

  async of({ config: { directory } }: Job): Promise<void> {
    let note = this.#notes.get(directory);
    if (note === undefined) {
      note = this.#write(directory, this.#jobs.get(directory) ?? []);
      this.#notes.set(directory, note);
    }
    await note;
  }

  async remove(done: (path: string) => Promise<void>): Promise<void> {
    for (const note of this.#notes.values()) await done(await note);
  }
}

function lockPath(staging: string, id: string): string {
  return join(staging, `${intentPrefix}${id}.lock`);
}

export interface AdoptionContext {
  readonly root: string;
  readonly manifest: Manifest;
  readonly identify: IdentifyDocument;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
}

/** Gives what runs that are gone have stored the lines that it lacks, and takes their notes away. */
export async function adoptIntents(context: AdoptionContext): Promise<void> {
  const { root, fileSystem } = context;
  const staging = stagingIn(root);
  const names = (await namesIn(staging, fileSystem)).filter(isIntent);
  for (const [id, ofOne] of Map.groupBy(names, writerOf)) {
    const lock = await acquireLock(lockPath(staging, id), { rights: fileSystem.rights?.() });
    if (lock === null) continue;
    try {
      const notes = ofOne.filter((name) => name.endsWith('.jsonl')).map((name) => join(staging, name));
      for (const note of notes) await adoptNoted(note, context);
    } finally {
      await lock.release();
      await discard(lockPath(staging, id), { fileSystem });
    }
  }
}

function writerOf(name: string): string {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(name.slice(intentPrefix.length))?.[0] ?? '';
}

async function adoptNoted(note: string, context: AdoptionContext): Promise<void> {
  const { root, manifest, fileSystem, clock } = context;
  const adopted: FileEntry[] = [];
  if (!(await isFile(note, fileSystem))) return;
  for (const intended of await readNote(note, fileSystem)) {
    for (const entry of await filesStored(intended, context)) adopted.push(entry);
  }
  const directories = new Set(adopted.map(({ path }) => dirname(toSystemPath(root, path))));
  for (const directory of directories) await syncDirectory(directory, { fileSystem });
  const at = new Date(clock.now()).toISOString();
  await manifest.append(adopted.map((entry) => ({ ...entry, at })));
  await discard(note, { fileSystem });
}

/** A note that was cut off was never acted upon. */
async function readNote(path: string, fileSystem: FileSystem): Promise<readonly FileEntry[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(path, fileSystem)) chunks.push(Buffer.from(chunk));
  const lines = Buffer.concat(chunks).toString().split('\n');
  return lines.flatMap((line) => parseEntry(line) ?? []);
}

/** What is there under an intended name, or a numbered one, with the intended content, and is not recorded so. */
async function filesStored(intended: FileEntry, context: AdoptionContext): Promise<readonly FileEntry[]> {
  const { root, manifest, fileSystem } = context;
  const stored: FileEntry[] = [];
  for (let number = 0; ; number += 1) {
    const file = numbered(toSystemPath(root, intended.path), number);
    const path = toManifestPath(root, file);
    if (!(await isFile(file, fileSystem))) return stored;
    const digest = await digestOf(file, fileSystem);
    const known = await manifest.lastAbout(path);
    if (known?.sha256 === digest.sha256) continue;
    if (await holds(file, intended, digest, context)) stored.push({ ...intended, path, ...digest });
  }
}

async function holds(
  file: string,
  { kind, lsid, content_hash }: FileEntry,
  { sha256 }: Digest,
  { identify, fileSystem }: AdoptionContext,
): Promise<boolean> {
  if (!isRecordKind(kind)) return sha256 === content_hash;
  const identity = await identify(readChunks(file, fileSystem), kind);
  return identity !== null && identity.lsid === lsid && identity.hasContent(content_hash);
}

async function isFile(path: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    return (await fileSystem.lstat(path)).isFile();
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw ioError(error, path, 'read');
  }
}

async function namesIn(directory: string, fileSystem: FileSystem): Promise<readonly string[]> {
  try {
    return await fileSystem.readdir(directory);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return [];
    throw ioError(error, directory, 'read');
  }
}
