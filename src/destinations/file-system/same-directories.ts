import { IcError } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode } from '../../platform/io-error.ts';

interface Seen {
  readonly dev: number;
  readonly ino: number;
  readonly id: string | null;
}

/**
 * The directories that a run began with. When a disk is unmounted during the run, the directory below its mount point
 * takes its place: what would be written there is found again by nobody.
 */
export class SameDirectories {
  readonly #seen = new Map<string, Seen>();
  readonly #readId: (root: string) => Promise<string | null>;
  readonly #fileSystem: FileSystem;

  /** `readId` gives the id of the archive in a directory; null when it has none yet. */
  constructor(readId: (root: string) => Promise<string | null>, fileSystem: FileSystem) {
    this.#readId = readId;
    this.#fileSystem = fileSystem;
  }

  /** The directory is there, and the one to go on with. */
  async note(root: string): Promise<void> {
    const seen = await this.#look(root);
    if (seen !== null) this.#seen.set(root, seen);
  }

  /** @throws IcError `io` when another directory has taken its place since it was noted. */
  async require(root: string): Promise<void> {
    const before = this.#seen.get(root);
    if (before === undefined) return;
    const present = await this.#identityOf(root);
    if (present?.dev === before.dev && present.ino === before.ino) return;
    const id = present === null ? null : await this.#readId(root);
    // Mounted anew, or on a file system that gives a directory a new number now and then.
    if (present !== null && id !== null && (before.id === null || before.id === id)) {
      this.#seen.set(root, { ...present, id });
      return;
    }
    throw new IcError(
      'io',
      `The directory ${root} is no longer the one that this run began with: ${present === null ? 'it is gone' : 'another one has taken its place'}.`,
      { hint: 'Mount its disk again. The next run goes on from what was delivered.' },
    );
  }

  async #look(root: string): Promise<Seen | null> {
    const present = await this.#identityOf(root);
    return present && { ...present, id: await this.#readId(root) };
  }

  async #identityOf(root: string): Promise<Pick<Seen, 'dev' | 'ino'> | null> {
    try {
      const { dev, ino } = await this.#fileSystem.lstat(await this.#fileSystem.realpath(root));
      return { dev, ino };
    } catch (error) {
      if (isErrorCode(error, 'ENOENT')) return null;
      throw ioError(error, root, 'open');
    }
  }
}
