import type { SqlJsStatic } from 'sql.js';
import { IcError } from '../platform/errors.ts';
import type { FileSystem, OpenFile } from '../platform/file-system.ts';
import { ioError, isErrorCode } from '../platform/io-error.ts';
import { whatIsForeign } from './schema-digest.ts';
import { isForeignDatabase, isNewer, type Snapshot, sealLength, unseal } from './seal.ts';
import type { StateNotice } from './state.ts';

/** What the state's files hold, and what is to be said of it. */
export interface Survey {
  /** Null: nothing that can be read; the state begins empty. */
  readonly snapshot: Snapshot | null;
  /** Whether the snapshot is the file itself, not the generation before it. */
  readonly current: boolean;
  readonly notice: StateNotice | null;
  /** Files that are there and no state: set aside before anything takes their place. */
  readonly damaged: readonly string[];
}

/** Where the generation before the present one is kept. */
export function previousPath(path: string): string {
  return `${path}.previous`;
}

/**
 * Reads the state at `path`, or the generation before it when the file is damaged or missing. Changes nothing. A file
 * that cannot be read, belongs to another program or to a later version of `ic` is an `io` error: those are for a
 * person to look at, not to be replaced.
 */
export async function surveyState(path: string, fileSystem: FileSystem, sqlJs: SqlJsStatic): Promise<Survey> {
  const file = await readSnapshot(path, fileSystem, sqlJs);
  if (file.type === 'good') return { snapshot: file.snapshot, current: true, notice: null, damaged: [] };
  const previous = await readSnapshot(previousPath(path), fileSystem, sqlJs);
  return {
    snapshot: previous.type === 'good' ? previous.snapshot : null,
    current: false,
    notice: noticeFor(path, file, previous.type),
    damaged: [
      ...(file.type === 'damaged' ? [path] : []),
      ...(previous.type === 'damaged' ? [previousPath(path)] : []),
    ],
  };
}

function noticeFor(path: string, file: Unusable, previous: Reading['type']): StateNotice {
  const lead = `The state file ${path} ${file.type === 'damaged' ? file.how : 'is missing'}`;
  if (previous === 'good') {
    const remark = `${lead}; its previous generation is used. The destinations are asked what they hold since.`;
    return { level: 'warn', rebuild: true, message: remark };
  }
  if (file.type === 'absent' && previous === 'absent') {
    return {
      level: 'info',
      rebuild: true,
      message: `There is no state file ${path} yet: a new one is begun.`,
    };
  }
  const remark = `${lead} and no previous generation can be read: the state begins anew. Nothing is lost: the`;
  return { level: 'warn', rebuild: true, message: `${remark} destinations are asked what they hold.` };
}

type Reading = { readonly type: 'good'; readonly snapshot: Snapshot } | Unusable;

/** `how` completes a sentence about the file. */
type Unusable = { readonly type: 'damaged'; readonly how: string } | { readonly type: 'absent' };

async function readSnapshot(path: string, fileSystem: FileSystem, sqlJs: SqlJsStatic): Promise<Reading> {
  const bytes = await withFile(path, fileSystem, async (file) => {
    const buffer = new Uint8Array((await file.stat()).size);
    return buffer.subarray(0, await file.read(buffer, 0));
  });
  if (bytes === null) return { type: 'absent' };
  const snapshot = unseal(bytes);
  if (snapshot !== null && isNewer(snapshot)) throw newerState(path);
  if (snapshot !== null) {
    const how = whatIsForeign(sqlJs, snapshot.image);
    return how === null ? { type: 'good', snapshot } : { type: 'damaged', how };
  }
  if (isForeignDatabase(bytes)) throw foreignDatabase(path);
  return { type: 'damaged', how: 'is damaged' };
}

/** The seal of the file as it is now; null when there is no file. Tells what else is there by being different. */
export function readSeal(path: string, fileSystem: FileSystem): Promise<Uint8Array | null> {
  return withFile(path, fileSystem, async (file) => {
    const { size } = await file.stat();
    const buffer = new Uint8Array(Math.min(size, sealLength));
    return buffer.subarray(0, await file.read(buffer, size - buffer.length));
  });
}

async function withFile<T>(
  path: string,
  fileSystem: FileSystem,
  use: (file: OpenFile) => Promise<T>,
): Promise<T | null> {
  let file: OpenFile;
  try {
    file = await fileSystem.open(path, 'r');
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw ioError(error, path, 'read');
  }
  try {
    return await use(file);
  } catch (error) {
    throw ioError(error, path, 'read');
  } finally {
    // What was read is none the worse for it.
    await file.close().catch(() => {});
  }
}

function newerState(path: string): IcError {
  return new IcError('io', `The state file ${path} was written by a later version of ic.`, {
    hint: 'Run that version or a later one, or name another file under [state] path.',
  });
}

function foreignDatabase(path: string): IcError {
  return new IcError('io', `The file ${path} is a database of another program, not a state of ic.`, {
    hint: 'Name another file under [state] path.',
  });
}
