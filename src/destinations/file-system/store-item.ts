import { dirname } from 'node:path';
import type { FileSystemKindConfig } from '../../config/configuration.ts';
import { type Clock, toIso, type UnixSeconds } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { isErrorCode } from '../../platform/io-error.ts';
import { discard } from '../../platform/temporary-file.ts';
import { type Delivery, isRecord, type Outcome } from '../destination.ts';
import { type Content, contentOf, digestOf, type IdentifyDocument, type Staged } from './content.ts';
import { makeDirectory, stagingIn, toManifestPath } from './layout.ts';
import type { Manifest } from './manifest.ts';
import type { FileEntry } from './manifest-line.ts';
import type { Placement, Placer } from './place.ts';

/** An item, how its kind is kept, and the absolute path that it should have. */
export interface Job {
  readonly delivery: Delivery;
  readonly config: FileSystemKindConfig;
  readonly target: string;
}

export interface StoreContext {
  readonly transfer: string;
  readonly identify: IdentifyDocument;
  readonly clock: Clock;
  readonly fileSystem: FileSystem;
  readonly placer: Placer;
  manifest(root: string): Manifest;
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
    const type = await entryType(job, placement, content, context);
    return {
      outcome: outcomeOf(placement),
      entry: type === null ? null : await fileEntry(type, job, placement, content, context),
      leftover: leftoverOf(job.delivery, placement),
    };
  } catch (error) {
    if (error instanceof IcError && concernsOneItem(error)) return refused(error);
    throw error;
  }
}

async function place(job: Job, content: Content, { placer, fileSystem }: StoreContext): Promise<Placement> {
  const staging = stagingIn(job.config.directory);
  const staged: Staged[] = [];
  try {
    await makeDirectory(dirname(job.target), fileSystem);
    return await placer.place(job.target, content, job.config.onConflict, async () => {
      await makeDirectory(staging, fileSystem);
      const file = await content.stage(staging, job.target);
      staged.push(file);
      return file;
    });
  } catch (error) {
    if (isRecord(job.delivery)) for (const { path } of staged) await discard(path, { fileSystem });
    throw error;
  }
}

/**
 * A file that is there already needs a line when the manifest does not know it: a crash came between its name and its
 * line, or the manifest was lost. One that was altered since keeps its old line, so that `verify` can tell.
 */
async function entryType(
  { config }: Job,
  { status, path }: Placement,
  content: Content,
  { manifest, fileSystem }: StoreContext,
): Promise<FileEntry['type'] | null> {
  if (status === 'skipped') return null;
  if (status !== 'unchanged') return status;
  const known = await manifest(config.directory).knows(
    toManifestPath(config.directory, path),
    content.sha256(),
  );
  if (known === 'nothing') return 'adopted';
  const isOurs = known === 'others' && (await digestOf(path, fileSystem)).sha256 === content.sha256();
  return isOurs ? 'adopted' : null;
}

async function fileEntry(
  type: FileEntry['type'],
  { delivery, config }: Job,
  { path, staged }: Placement,
  content: Content,
  { transfer, clock, fileSystem }: StoreContext,
): Promise<FileEntry> {
  const { names } = delivery;
  const isAdopted = type === 'adopted';
  return {
    type,
    at: new Date(clock.now()).toISOString(),
    transfer,
    site: names.site,
    host: names.host,
    kind: delivery.kind,
    lsid: names.lsid,
    instance: names.instance,
    path: toManifestPath(config.directory, path),
    ...(isAdopted
      ? await digestOf(path, fileSystem)
      : { bytes: staged?.bytes ?? 0, sha256: content.sha256() }),
    content_hash: content.contentHash,
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
