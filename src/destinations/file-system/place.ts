import { basename, dirname, join } from 'node:path';
import type { FileSystemKindConfig } from '../../config/configuration.ts';
import { isLinkRefused, linkExclusively, renameDurably } from '../../platform/atomic-file.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { directoryInTheWay, ioError, isErrorCode, notOwnFile } from '../../platform/io-error.ts';
import { killPoint } from '../../platform/kill-point.ts';
import { kindOf } from '../../platform/own-file.ts';
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

/** A file that holds the item already, maybe under a name that it would not get today, or with an earlier content. */
export interface OwnFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  /** Whether it was stored with the content that is to be placed. */
  readonly isSame: boolean;
}

type OnConflict = FileSystemKindConfig['onConflict'];

/** What stands under a name. */
interface Occupant {
  readonly size: number;
  /** What else than a regular file it is, such as `a link`; null for one. */
  readonly kind: string | null;
  /** Undefined until somebody needed to know. */
  identity?: Identity | null;
}

/** Where content belongs: under a free name, under one that holds the same already, or under one that is taken. */
interface Slot {
  readonly state: 'free' | 'same' | 'taken';
  readonly path: string;
  readonly occupant: Occupant | null;
  /** Whether an earlier content of the same item is there. */
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
   * Puts content under `target`, by the rule for a name that is taken. `own` are the files of the item that the manifest
   * knows, the one it tells of last first: where one of them holds the same content, whatever its name, that is its
   * place. When the same content is there already, or the item is skipped, `stage` is not called. A new name is not
   * durable before its directory is synced.
   */
  async place(
    target: string,
    content: Content,
    { onConflict, own }: { readonly onConflict: OnConflict; readonly own: readonly OwnFile[] },
    stage: () => Promise<Staged>,
  ): Promise<Placement> {
    let staged: Staged | null = null;
    for (;;) {
      const { state, path, occupant, isUpdate } = await this.#find(target, content, onConflict, own);
      if (state === 'same') {
        if ((await this.#look(path))?.size === occupant?.size) return { status: 'unchanged', path, staged };
        this.#crowds.delete(target);
      } else if (state === 'taken' && onConflict === 'skip') {
        refuseForeign(path, occupant);
        return { status: 'skipped', path, staged };
      } else {
        if (state === 'taken') refuseForeign(path, occupant);
        staged ??= await stage();
        if (state === 'taken') {
          this.#crowds.delete(target);
          return this.#replace(path, staged);
        }
        if (await this.#claim(staged.path, path))
          return { status: isUpdate ? 'updated' : 'stored', path, staged };
      }
    }
  }

  async #find(
    target: string,
    content: Content,
    onConflict: OnConflict,
    own: readonly OwnFile[],
  ): Promise<Slot> {
    const family = await this.#family(target, content);
    const elsewhere = await this.#elsewhere(own, family);
    const same = [...family, ...elsewhere].find(({ isSame }) => isSame);
    if (same !== undefined)
      return { state: 'same', path: same.path, occupant: same.occupant, isUpdate: false };
    const newest = newestOf(family, own, content);
    const isUpdate = content.lsid !== null && (newest !== undefined || elsewhere.length > 0);
    const inTheWay = newest ?? family[0] ?? (onConflict === 'skip' ? elsewhere[0] : undefined);
    if (onConflict === 'append-number' || inTheWay === undefined)
      return { state: 'free', path: numbered(target, family.length), occupant: null, isUpdate };
    return { state: 'taken', path: inTheWay.path, occupant: inTheWay.occupant, isUpdate };
  }

  /** What stands under the name and its numbered ones, as far as these go, or up to the same content. */
  async #family(target: string, content: Content): Promise<readonly Member[]> {
    const occupants = this.#crowds.get(target) ?? [];
    const family: Member[] = [];
    for (let number = 0; ; number += 1) {
      const path = numbered(target, number);
      const occupant = occupants[number] ?? (await this.#look(path));
      if (occupant === null) return family;
      if (occupant.kind !== null && !passable.includes(occupant.kind)) refuseForeign(path, occupant);
      occupants[number] = occupant;
      if (number === crowd) this.#remember(target, occupants);
      const isSame = await holds(occupant, content, path);
      family.push({ path, occupant, isSame });
      if (isSame) return family;
    }
  }

  /** The item's files under names of another time that are there as they were stored, as far as a quick look tells. */
  async #elsewhere(own: readonly OwnFile[], family: readonly Member[]): Promise<readonly Member[]> {
    const there: Member[] = [];
    for (const { path, bytes, isSame } of own) {
      if (family.some((member) => member.path === path)) continue;
      const occupant = await this.#look(path).catch(() => null);
      if (occupant?.kind === null && occupant.size === bytes) there.push({ path, occupant, isSame });
    }
    return there;
  }

  #remember(target: string, occupants: Occupant[]): void {
    if (this.#crowds.size >= mostCrowds) this.#crowds.clear();
    this.#crowds.set(target, occupants);
  }

  async #look(path: string): Promise<Occupant | null> {
    try {
      const stat = await this.#fileSystem.lstat(path);
      return { size: stat.size, kind: kindOf(stat) };
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

/** A directory or a link takes up a name and is nobody's attack on a reader: the next number is free. */
const passable = ['a directory', 'a link'];

/** What is no regular file is neither replaced nor taken for one that was there first. */
function refuseForeign(path: string, occupant: Occupant | null): void {
  if (occupant === null || occupant.kind === null) return;
  const error =
    occupant.kind === 'a directory'
      ? directoryInTheWay('open', path)
      : notOwnFile('open', path, `is ${occupant.kind}`);
  throw ioError(error, path, 'write');
}

/** `a.xml`, 2 → `a.2.xml`, in the same directory. */
export function numbered(target: string, number: number): string {
  return number === 0 ? target : join(dirname(target), numberedName(basename(target), number));
}

/** A file of a name's family. */
interface Member {
  readonly path: string;
  readonly occupant: Occupant;
  readonly isSame: boolean;
}

/** The file with the latest content of the item: by the manifest, else by what the files hold. */
function newestOf(family: readonly Member[], own: readonly OwnFile[], { lsid }: Content): Member | undefined {
  for (const { path } of own) {
    const member = family.find((each) => each.path === path);
    if (member !== undefined) return member;
  }
  return family.findLast(({ occupant }) => lsid !== null && occupant.identity?.lsid === lsid);
}

async function holds(occupant: Occupant, content: Content, path: string): Promise<boolean> {
  if (occupant.kind !== null || (content.size !== null && content.size !== occupant.size)) return false;
  if (occupant.identity === undefined) occupant.identity = await content.identify(path);
  return occupant.identity?.contentHash === content.contentHash;
}
