import { createHash } from 'node:crypto';
import { IcError } from '../../platform/errors.ts';
import type { FileSystem, OpenFile } from '../../platform/file-system.ts';
import { ioError, isErrorCode, isNotOwnFile, orIoError } from '../../platform/io-error.ts';
import { killPoint } from '../../platform/kill-point.ts';
import type { RecordKind } from '../../platform/kinds.ts';
import { writeTemporary } from '../../platform/temporary-file.ts';
import { type Delivery, type FileDelivery, isRecord, type RecordDelivery } from '../destination.ts';

/** What a stored file holds: see `identifyDocument` in sessions/parse.ts. */
export interface Identity {
  readonly lsid: string | null;
  readonly contentHash: string;
}

/** A stored record, whose content may have been recorded by a hash of an earlier version. */
export interface DocumentIdentity extends Identity {
  hasContent(hash: string): boolean;
}

export type IdentifyDocument = (
  bytes: AsyncIterable<Uint8Array>,
  kind: RecordKind,
) => Promise<DocumentIdentity | null>;

/** What is to be stored, and how a file that holds the same is recognised. */
export interface Content extends Identity {
  /** Whether a content hash, of whichever version of ic, is that of this content. */
  hasContent(hash: string): boolean;
  /** Bytes that a file must have to hold the same; null where that says nothing. */
  readonly size: number | null;
  /** SHA-256 of the bytes that `stage` gives. */
  sha256(): string;
  /** A synced file in the staging directory, complete. `finalPath` is for messages. */
  stage(directory: string, finalPath: string): Promise<Staged>;
  /** What a file holds; null when it is nothing of the kind. */
  identify(path: string): Promise<Identity | null>;
}

export interface Staged {
  readonly path: string;
  readonly bytes: number;
}

export interface ContentContext {
  readonly fileSystem: FileSystem;
  readonly identify: IdentifyDocument;
}

export function contentOf(delivery: Delivery, context: ContentContext): Content {
  return isRecord(delivery) ? recordContent(delivery, context) : fileContent(delivery, context);
}

function recordContent(delivery: RecordDelivery, { fileSystem, identify }: ContentContext): Content {
  let document: Uint8Array | null = null;
  const bytes = () => (document ??= delivery.document());
  return {
    lsid: delivery.names.lsid,
    contentHash: delivery.contentHash,
    hasContent: (hash) => delivery.hasContent(hash),
    size: null,
    sha256: () => createHash('sha256').update(bytes()).digest('hex'),
    stage: async (directory, finalPath) => {
      const path = await writeTemporary(directory, finalPath, bytes(), { fileSystem });
      return { path, bytes: bytes().length };
    },
    identify: (path) => identify(readChunks(path, fileSystem), delivery.kind),
  };
}

function fileContent(delivery: FileDelivery, { fileSystem }: ContentContext): Content {
  return {
    lsid: null,
    contentHash: delivery.sha256,
    hasContent: (hash) => hash === delivery.sha256,
    size: delivery.bytes,
    sha256: () => delivery.sha256,
    stage: async (_directory, finalPath) => {
      await syncDownload(delivery, finalPath, fileSystem);
      return delivery;
    },
    identify: async (path) => ({ lsid: null, contentHash: (await digestOf(path, fileSystem)).sha256 }),
  };
}

/** The download was hashed on its way; what can still have happened is that the file was touched since. */
async function syncDownload(
  { path, bytes }: FileDelivery,
  finalPath: string,
  fileSystem: FileSystem,
): Promise<void> {
  const file = await orIoError(fileSystem.open(path, 'r+'), finalPath, 'write');
  try {
    const { size } = await orIoError(file.stat(), path, 'read');
    if (size !== bytes) throw changedMeanwhile(path, size, bytes);
    killPoint('file:written');
    await orIoError(file.sync(), finalPath, 'write');
    killPoint('file:synced');
  } finally {
    await file.close();
  }
}

function changedMeanwhile(path: string, size: number, expected: number): IcError {
  return new IcError(
    'io',
    `The download ${path} is ${size} bytes long, and was ${expected} when it was complete.`,
    {
      hint: 'Look for a program, such as a virus scanner, that changes new files in the archive.',
    },
  );
}

/** A file's length, and its SHA-256 in hex. */
export async function digestOf(path: string, fileSystem: FileSystem): Promise<Digest> {
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const chunk of readChunks(path, fileSystem)) {
    digest.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: digest.digest('hex') };
}

export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

const chunkLength = 262_144;

/** A file's bytes; none of something that is no file or not there. Each chunk is valid until the next is asked for. */
export async function* readChunks(path: string, fileSystem: FileSystem): AsyncGenerator<Uint8Array> {
  const file = await openContent(path, fileSystem);
  if (file === null) return;
  try {
    const { size } = await orIoError(file.stat(), path, 'read');
    yield* chunksOf(file, path, size);
  } finally {
    await file.close();
  }
}

async function openContent(path: string, fileSystem: FileSystem): Promise<OpenFile | null> {
  try {
    return await fileSystem.open(path, 'r');
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'EISDIR') || isNotOwnFile(error)) return null;
    throw ioError(error, path, 'read');
  }
}

/** The first `size` bytes of an open file, or as many as there are. Each chunk is valid until the next is asked for. */
export async function* chunksOf(file: OpenFile, path: string, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(size, chunkLength));
  for (let position = 0; position < size; ) {
    const wanted = buffer.subarray(0, Math.min(buffer.length, size - position));
    const length = await orIoError(file.read(wanted, position), path, 'read');
    if (length === 0) return;
    yield wanted.subarray(0, length);
    position += length;
  }
}
