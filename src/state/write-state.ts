import { dirname } from 'node:path';
import { isLinkRefused, renameDurably, writeFileAtomically } from '../platform/atomic-file.ts';
import { type Clock, toIso } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import { ioError, isErrorCode, orIoError } from '../platform/io-error.ts';
import { killPoint } from '../platform/kill-point.ts';
import { renamePatiently } from '../platform/rename.ts';
import {
  discard,
  removeStaleTemporaries,
  temporaryName,
  writeTemporary,
} from '../platform/temporary-file.ts';
import { previousPath } from './read-state.ts';
import type { Snapshot } from './seal.ts';

interface Files {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
}

/** Names of sessions are nobody's business but the user's that runs `ic`. */
const stateMode = 0o600;

/** From what age on an unfinished file can be none that somebody is writing. */
const staleMs = 3_600_000;

/**
 * Replaces the state file by `next` and keeps `present` as the previous generation. At every instant, one of the two
 * is a whole state; when this resolves, both are durable. To be called under the state's lock.
 */
export async function writeState(
  path: string,
  present: Snapshot | null,
  next: Snapshot,
  files: Files,
): Promise<void> {
  const options = { ...files, killPoints: 'state', mode: stateMode };
  const temporary = await writeTemporary(dirname(path), path, [next.image, next.seal], options);
  try {
    if (present !== null) await keepPrevious(path, present, files);
    killPoint('state:previous-kept');
    await renameDurably(temporary, path, options);
  } catch (error) {
    await discard(temporary, files);
    throw error;
  }
}

/** Gives the file a second name, so that the first one never goes missing; a copy where there can be no second name. */
async function keepPrevious(path: string, present: Snapshot, files: Files): Promise<void> {
  const second = temporaryName(dirname(path));
  try {
    await files.fileSystem.link(path, second);
    await renamePatiently(second, previousPath(path), files);
  } catch (error) {
    await discard(second, files);
    // Present, but not at `path`: it was read from the previous generation, which so is kept.
    if (isErrorCode(error, 'ENOENT')) return;
    if (!isLinkRefused(error)) throw ioError(error, previousPath(path), 'write');
    await writeFileAtomically(previousPath(path), [present.image, present.seal], {
      ...files,
      killPoints: 'previous',
      mode: stateMode,
    });
  }
}

/** Moves a damaged file to a name of its own: it may be all that is left to learn from. */
export async function setAside(path: string, files: Files): Promise<void> {
  const time = toIso(files.clock.now() / 1000).replaceAll(':', '');
  await orIoError(renamePatiently(path, `${path}.damaged-${time}`, files), path, 'set aside');
}

/** Makes the state's directory if it is missing, and tidies up after killed runs. */
export async function prepareDirectory(path: string, files: Files): Promise<void> {
  const directory = dirname(path);
  await orIoError(files.fileSystem.mkdir(directory), directory, 'create');
  await removeStaleTemporaries(directory, staleMs, files);
}
