import { createHash } from 'node:crypto';
import { IcError } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { isErrorCode, orIoError } from '../../platform/io-error.ts';
import { killPoint } from '../../platform/kill-point.ts';
import type { RecordKind } from '../../platform/kinds.ts';
import { writeTemporary } from '../../platform/temporary-file.ts';
import { type Delivery, type FileDelivery, isRecord, type RecordDelivery } from '../destination.ts';

/** What a stored file holds: see `identifyDocument` in sessions/parse.ts. */
export interface Identity {
  readonly lsid: string | null;
  readonly contentHash: string;
}

export type IdentifyDocument = (
  bytes: AsyncIterable<Uint8Array>,
  kind: RecordKind,
) => Promise<Identity | null>;

/** What is to be stored, and how a file that holds the same is recognised. */
export interface Content extends Identity {
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
    size: null,
    sha256: () => createHash('sha256').update(bytes()).digest('hex'),
    stage: async (directory, finalPath) => {
      const path = await writeTemporary(directory, finalPath, bytes(), { fileSystem });
      return { path, bytes: bytes().length };
    },
    identify: (path) => orIoError(identify(readChunks(path, fileSystem), delivery.kind), path, 'read'),
  };
}

function fileContent(delivery: FileDelivery, { fileSystem }: ContentContext): Content {
  return {
    lsid: null,
    contentHash: delivery.sha256,
    size: delivery.bytes,
    sha256: () => delivery.sha256,
    stage: async (_directory, finalPath) => {
      await syncDownload(delivery, finalPath, fileSystem);
      return delivery;
    },
    identify: async (path) => ({ lsid: null, contentHash: await sha256Of(path, fileSystem) }),
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

/** SHA-256, hex, of a file's bytes. */
export async function sha256Of(path: string, fileSystem: FileSystem, signal?: AbortSignal): Promise<string> {
  const digest = createHash('sha256');
  try {
    for await (const chunk of readChunks(path, fileSystem)) {
      signal?.throwIfAborted();
      digest.update(chunk);
    }
  } catch (error) {
    return orIoError(Promise.reject(error), path, 'read');
  }
  return digest.digest('hex');
}

const chunkLength = 262_144;

/** A file's bytes; none of something that is no file or not there. Each chunk is valid until the next is asked for. */
async function* readChunks(path: string, fileSystem: FileSystem): AsyncGenerator<Uint8Array> {
  const file = await fileSystem.open(path, 'r').catch((error: unknown) => {
    if (isErrorCode(error, 'ENOENT', 'EISDIR', 'ELOOP')) return null;
    throw error;
  });
  if (file === null) return;
  try {
    const buffer = Buffer.allocUnsafeSlow(chunkLength);
    for (let position = 0; ; ) {
      const length = await file.read(buffer, position);
      if (length > 0) yield buffer.subarray(0, length);
      if (length < chunkLength) return;
      position += length;
    }
  } finally {
    await file.close();
  }
}
