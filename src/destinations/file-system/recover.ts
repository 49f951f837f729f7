import type { FileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode } from '../../platform/io-error.ts';
import type { Kind } from '../../platform/kinds.ts';
import type { HeldItem, RecoveredEntry, Recovery } from '../destination.ts';
import type { IndexedItem } from './item-index.ts';
import { toSystemPath } from './layout.ts';
import { type Manifest, shortKey } from './manifest.ts';
import { type FileEntry, isFileEntry, timeOf } from './manifest-line.ts';

/** A manifest, and the directory that it is about. */
interface Source {
  readonly manifest: Manifest;
  readonly root: string;
  readonly fileSystem: FileSystem;
}

/**
 * What a manifest says of a transfer's kind; null when it says nothing. Entries come as they were stored last, newest first,
 * read as they are asked for, one for each item.
 */
export async function recoverFrom(
  source: Source,
  transfer: string,
  site: string,
  kind: Kind,
): Promise<Recovery | null> {
  const claim = await source.manifest.claim(transfer, site, kind);
  if (claim === null && (await isEmpty(recoveredEntries(source, site, kind)))) return null;
  return { claim, entries: recoveredEntries(source, site, kind) };
}

/** Whether a manifest holds no entry. */
export async function isEmpty(entries: AsyncIterable<RecoveredEntry>): Promise<boolean> {
  for await (const _first of entries) return false;
  return true;
}

/** Those of a site under the names that it has had. */
export async function* recoveredEntries(
  { manifest, root, fileSystem }: Source,
  site: string,
  kind: Kind,
): AsyncGenerator<RecoveredEntry> {
  const seen = new Set<string>();
  const names = new Set([site]);
  for await (const line of manifest.backwards()) {
    if (line.type === 'renamed' && names.has(line.site)) names.add(line.site_before);
    if (!isFileEntry(line) || !names.has(line.site) || line.kind !== kind) continue;
    const item = shortKey(`${line.lsid}/${line.instance}`);
    if (seen.has(item)) continue;
    seen.add(item);
    yield {
      lsid: line.lsid,
      instance: line.instance,
      contentHash: line.content_hash,
      time: timeOf(line),
      isIntact: () => hasSize(toSystemPath(root, line.path), line.bytes, fileSystem),
    };
  }
}

/** For each item the latest content whose file is there as long as it was. */
export async function heldOf(
  { manifest, root, fileSystem }: Source,
  items: readonly IndexedItem[],
): Promise<readonly (HeldItem | null)[]> {
  const held: (HeldItem | null)[] = [];
  for (const files of await manifest.filesOf(items)) held.push(await firstThere(files, root, fileSystem));
  return held;
}

async function firstThere(
  files: readonly FileEntry[],
  root: string,
  fileSystem: FileSystem,
): Promise<HeldItem | null> {
  for (const { path, bytes, content_hash: contentHash } of files) {
    if (await hasSize(toSystemPath(root, path), bytes, fileSystem)) return { contentHash };
  }
  return null;
}

/** Its content is not read: that is what `ic verify` does. */
async function hasSize(path: string, bytes: number, fileSystem: FileSystem): Promise<boolean> {
  try {
    const stat = await fileSystem.lstat(path);
    return stat.isFile() && stat.size === bytes;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw ioError(error, path, 'open');
  }
}
