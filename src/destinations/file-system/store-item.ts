import { dirname } from 'node:path';
import type { FileSystemKindConfig } from '../../config/configuration.ts';
import { type Clock, toIso, type UnixSeconds } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { isErrorCode, isNotOwnFile } from '../../platform/io-error.ts';
import { discard } from '../../platform/temporary-file.ts';
import { type Delivery, isRecord, type Outcome } from '../destination.ts';
import {
  type Content,
  contentOf,
  type Digest,
  digestOf,
  type IdentifyDocument,
  type Staged,
} from './content.ts';
import { makeDirectoryBelow, stagingIn, toManifestPath, toSystemPath } from './layout.ts';
import type { Manifest } from './manifest.ts';
import type { FileEntry } from './manifest-line.ts';
import type { Placement, Placer } from './place.ts';

/** An item, how its kind is kept, and the absolute path that it should have. */
export interface Job {
  readonly delivery: Delivery;
  readonly config: FileSystemKindConfig;
  readonly target: string;
  /** The files that hold the item by the manifest, newest line first. What the batch adds comes before them. */
  own: readonly FileEntry[];
}

export interface StoreContext {
  readonly transfer: string;
  readonly identify: IdentifyDocument;
  readonly clock: Clock;
  readonly fileSystem: FileSystem;
  readonly placer: Placer;
  manifest(root: string): Manifest;
  /** Before the first file gets a name, what is about to get one is noted. */
  intend(job: Job): Promise<void>;
}

/** What was done with an item. Not acknowledged before its directory is synced and its entry is in the manifest. */
export interface Stored {
  readonly outcome: Outcome;
  /** What the manifest must say; null when there is nothing new to say. */
  readonly entry: FileEntry | null;
  /** A second name for the stored file, or a temporary file that was not needed. */
  readonly leftover: string | null;
}

/** Gives an item its place. What concerns this item alone is its outcome; anything else is thrown. */
export async function storeItem(job: Job, context: StoreContext): Promise<Stored> {
  try {
    const content = contentOf(job.delivery, context);
    const placement = await place(job, content, context);
    return {
      outcome: outcomeOf(placement),
      entry: await entryFor(job, placement, content, context),
      leftover: leftoverOf(job.delivery, placement),
    };
  } catch (error) {
    if (error instanceof IcError && concernsOneItem(error)) return refused(error);
    throw error;
  }
}

async function place(job: Job, content: Content, context: StoreContext): Promise<Placement> {
  const { placer, fileSystem } = context;
  const { onConflict, directory } = job.config;
  const own = job.own.map(({ path, bytes, content_hash }) => ({
    path: toSystemPath(directory, path),
    bytes,
    isSame: content.hasContent(content_hash),
  }));
  const staging = stagingIn(job.config.directory);
  const staged: Staged[] = [];
  try {
    await makeDirectoryBelow(directory, dirname(job.target), fileSystem);
    return await placer.place(job.target, content, { onConflict, own }, async () => {
      await makeDirectoryBelow(directory, staging, fileSystem);
      await context.intend(job);
      const file = await content.stage(staging, job.target);
      staged.push(file);
      return file;
    });
  } catch (error) {
    if (isRecord(job.delivery)) for (const { path } of staged) await discard(path, { fileSystem });
    throw error;
  }
}

/** What the manifest must say of a placement; null when it says so already. */
async function entryFor(
  job: Job,
  placement: Placement,
  content: Content,
  context: StoreContext,
): Promise<FileEntry | null> {
  const { status, path, staged } = placement;
  if (status === 'skipped') return null;
  const { directory } = job.config;
  const entry = { ...draftEntry(job, context), path: toManifestPath(directory, path) };
  if (status !== 'unchanged')
    return { ...entry, type: status, bytes: staged?.bytes ?? 0, sha256: content.sha256() };
  const digest = await digestToRecord(job, placement, content, context);
  return digest && { ...entry, ...digest };
}

/**
 * A file that is there already needs a line when the manifest does not know it: a crash came between its name and its
 * line, or the manifest was lost; and when the manifest's last word on the item is of another file: the item has got an
 * earlier content again. One that was altered since keeps the digest that was recorded, so that `verify` can tell.
 */
async function digestToRecord(
  { config, own }: Job,
  { path }: Placement,
  content: Content,
  { manifest, fileSystem }: StoreContext,
): Promise<Digest | null> {
  const name = toManifestPath(config.directory, path);
  const known = await manifest(config.directory).lastAbout(name);
  if (known === null) return digestOf(path, fileSystem);
  if (known.sha256 !== content.sha256()) {
    const found = await digestOf(path, fileSystem);
    if (found.sha256 === content.sha256()) return found;
  }
  return own[0] === undefined || own[0].path === name ? null : { bytes: known.bytes, sha256: known.sha256 };
}

/** What a line says of an item, with the name that it should have, and without what only its file tells. */
export function draftEntry(
  { delivery, config, target }: Job,
  { transfer, clock }: Pick<StoreContext, 'transfer' | 'clock'>,
): FileEntry {
  const { names } = delivery;
  return {
    type: 'adopted',
    at: new Date(clock.now()).toISOString(),
    transfer,
    site: names.site,
    host: names.host,
    kind: delivery.kind,
    lsid: names.lsid,
    instance: names.instance,
    path: toManifestPath(config.directory, target),
    bytes: 0,
    sha256: '',
    content_hash: isRecord(delivery) ? delivery.contentHash : delivery.sha256,
    ...mediaTypeOf(delivery),
    start: iso(names.startTime),
    end: iso(names.endTime),
    downloaded: isRecord(delivery) ? null : iso(delivery.downloadedAt),
    lseq: names.lseq,
    session_type: names.sessionType,
    external_key: names.externalKey,
  };
}

function mediaTypeOf(delivery: Delivery): Pick<FileEntry, 'media_type'> {
  const mediaType = isRecord(delivery) ? undefined : delivery.mediaType;
  return mediaType === undefined ? {} : { media_type: mediaType };
}

function iso(seconds: UnixSeconds | null): string | null {
  return seconds === null ? null : toIso(seconds);
}

function outcomeOf({ status, path, staged }: Placement): Outcome {
  const isWritten = status === 'stored' || status === 'updated';
  return { status, bytes: isWritten ? (staged?.bytes ?? 0) : 0, location: path, error: null, warnings: [] };
}

/** A download that found no place stays with whoever made it. */
function leftoverOf(delivery: Delivery, { status, staged }: Placement): string | null {
  const isMoved = status === 'stored' || status === 'updated';
  return isMoved || isRecord(delivery) ? (staged?.path ?? null) : null;
}

/** Names that this file system does not take, or that a file or directory is in the way of, or one that is held. */
function concernsOneItem(error: IcError): boolean {
  if (isNotOwnFile(error.cause)) return true;
  return isErrorCode(
    error.cause,
    'ENAMETOOLONG',
    'EILSEQ',
    'EINVAL',
    'EISDIR',
    'ENOTDIR',
    'EEXIST',
    'ENOTEMPTY',
    'EBUSY',
  );
}

function refused(error: IcError): Stored {
  return {
    outcome: { status: 'refused', bytes: 0, location: null, error, warnings: [] },
    entry: null,
    leftover: null,
  };
}
