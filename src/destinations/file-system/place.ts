import { basename, dirname, join } from 'node:path';
import type { FileSystemKindConfig } from '../../config/configuration.ts';
import { isLinkRefused, linkExclusively, renameDurably } from '../../platform/atomic-file.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode } from '../../platform/io-error.ts';
import { killPoint } from '../../platform/kill-point.ts';
import { numberedName } from '../../platform/safe-name.ts';
import type { Outcome } from '../destination.ts';
import type { Content, Identity, Staged } from './content.ts';

export interface Placement {
  readonly status: Exclude<Outcome['status'], 'refused'>;
  /** Absolute; of a skipped item the file that is in its way. */
  readonly path: string;
  /** The staged file, when it was used. It may be there still, as a second name for the same file. */
  readonly staged: Staged | null;
}

type OnConflict = FileSystemKindConfig['onConflict'];

/** What stands under a name. */
interface Occupant {
  readonly size: number;
  readonly isFile: boolean;
  /** Undefined until somebody needed to know. */
  identity?: Identity | null;
}

/** Where content belongs: under a free name, under one that holds the same already, or under one that is taken. */
interface Slot {
  readonly state: 'free' | 'same' | 'taken';
  readonly path: string;
  readonly occupant: Occupant | null;
  /** Whether an earlier content of the same session stands under a name before. */
  readonly isUpdate: boolean;
}

/** Names with more numbered ones than this are remembered: looking at all of them for every item would add up. */
const crowd = 3;
const mostCrowds = 10_000;

/** Gives each file its final name, whole, without ever touching another's. */
export class Placer {
  readonly #fileSystem: FileSystem;
  /** What stands under a name and its numbered ones; the index is the number. */
  readonly #crowds = new Map<string, Occupant[]>();

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  /**
   * Puts content under `target`, by the rule for a name that is taken. When the same content is there already, or the
   * item is skipped, `stage` is not called. A new name is not durable before its directory is synced.
   */
  async place(
    target: string,
    content: Content,
    onConflict: OnConflict,
    stage: () => Promise<Staged>,
  ): Promise<Placement> {
    let staged: Staged | null = null;
    for (;;) {
      const { state, path, occupant, isUpdate } = await this.#find(target, content, onConflict);
      if (state === 'same') {
        if ((await this.#look(path))?.size === occupant?.size) return { status: 'unchanged', path, staged };
        this.#crowds.delete(target);
      } else if (state === 'taken' && onConflict === 'skip') {
        return { status: 'skipped', path, staged };
      } else {
        staged ??= await stage();
        if (state === 'taken') return this.#replace(path, staged);
        if (await this.#claim(staged.path, path))
          return { status: isUpdate ? 'updated' : 'stored', path, staged };
      }
    }
  }

  async #find(target: string, content: Content, onConflict: OnConflict): Promise<Slot> {
    const occupants = this.#crowds.get(target) ?? [];
    let isUpdate = false;
    for (let number = 0; ; number += 1) {
      const occupant = occupants[number] ?? (await this.#look(numbered(target, number)));
      if (occupant === null) return { state: 'free', path: numbered(target, number), occupant, isUpdate };
      occupants[number] = occupant;
      if (number === crowd) this.#remember(target, occupants);
      const state = (await holds(occupant, content, target, number)) ? 'same' : 'taken';
      if (state === 'same' || onConflict !== 'append-number') {
        return { state, path: numbered(target, number), occupant, isUpdate };
      }
      isUpdate ||= content.lsid !== null && occupant.identity?.lsid === content.lsid;
    }
  }

  #remember(target: string, occupants: Occupant[]): void {
    if (this.#crowds.size >= mostCrowds) this.#crowds.clear();
    this.#crowds.set(target, occupants);
  }

  async #look(path: string): Promise<Occupant | null> {
    try {
      const stat = await this.#fileSystem.lstat(path);
      return { size: stat.size, isFile: !stat.isDirectory() };
    } catch (error) {
      if (isErrorCode(error, 'ENOENT')) return null;
      throw ioError(error, path, 'read');
    }
  }

  /** Whether the name was free, and is the staged file's now: of two writers, in whatever process, one is told so. */
  async #claim(staged: string, path: string): Promise<boolean> {
    try {
      await this.#fileSystem.link(staged, path);
    } catch (error) {
      if (isErrorCode(error, 'EEXIST')) return false;
      if (isLinkRefused(error)) return linkExclusively(staged, path, { fileSystem: this.#fileSystem });
      throw ioError(error, path, 'write');
    }
    killPoint('file:renamed');
    return true;
  }

  async #replace(path: string, staged: Staged): Promise<Placement> {
    await renameDurably(staged.path, path, { fileSystem: this.#fileSystem });
    return { status: 'updated', path, staged };
  }
}

function numbered(target: string, number: number): string {
  return number === 0 ? target : join(dirname(target), numberedName(basename(target), number));
}

async function holds(occupant: Occupant, content: Content, target: string, number: number): Promise<boolean> {
  if (!occupant.isFile || (content.size !== null && content.size !== occupant.size)) return false;
  if (occupant.identity === undefined) occupant.identity = await content.identify(numbered(target, number));
  return occupant.identity?.contentHash === content.contentHash;
}
