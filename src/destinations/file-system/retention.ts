import { dirname, isAbsolute, relative, sep } from 'node:path';
import type { FileSystem } from '../../platform/file-system.ts';
import { errorCode, isErrorCode } from '../../platform/io-error.ts';
import { toSystemPath } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { type FileEntry, isFileEntry, type RemovedEntry } from './manifest-line.ts';

export interface RetentionContext {
  readonly manifest: Manifest;
  readonly root: string;
  readonly site: string;
  readonly transfer: string;
  readonly fileSystem: FileSystem;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Removes the oldest backups that a transfer delivered of a site until `keep` are left. Only those that the manifest says
 * it delivered, in folders of the archive, and as long as they were then: whatever else lies there is not ours, and another
 * destination may share the directory. Resolves with what could not be removed, in words.
 */
export async function pruneBackups(keep: number, context: RetentionContext): Promise<readonly string[]> {
  const removed: RemovedEntry[] = [];
  const warnings: string[] = [];
  for (const { path, site, kind } of await surplus(keep, context)) {
    const file = toSystemPath(context.root, path);
    try {
      await unlinkIfThere(file, context.fileSystem);
      removed.push({ type: 'removed', at: context.at, site, kind, path });
    } catch (error) {
      warnings.push(`Cannot remove the old backup ${file} (${errorCode(error) ?? error}).`);
    }
  }
  await context.manifest.append(removed);
  return warnings;
}

/** All but the newest `keep` that are there, oldest first; among them what a crash left removed but not recorded so. */
async function surplus(keep: number, context: RetentionContext): Promise<readonly FileEntry[]> {
  let kept = 0;
  const older: FileEntry[] = [];
  for await (const entry of deliveredBackups(context)) {
    const state = await look(entry, context);
    if (kept >= keep && state !== 'altered') older.push(entry);
    if (state === 'there') kept += 1;
  }
  return older.toReversed();
}

/** Newest first. */
async function* deliveredBackups({ manifest, site, transfer }: RetentionContext): AsyncGenerator<FileEntry> {
  const seen = new Set<string>();
  for await (const line of manifest.backwards()) {
    if (line.type !== 'removed' && !isFileEntry(line)) continue;
    if (line.kind !== 'backups' || line.site !== site || seen.has(line.path)) continue;
    seen.add(line.path);
    if (isFileEntry(line) && line.transfer === transfer) yield line;
  }
}

async function look(
  { path, bytes }: FileEntry,
  { root, fileSystem }: RetentionContext,
): Promise<'there' | 'gone' | 'altered'> {
  const file = toSystemPath(root, path);
  try {
    const stat = await fileSystem.lstat(file);
    const isOurs = stat.isFile() && stat.size === bytes && (await isInside(root, file, fileSystem));
    return isOurs ? 'there' : 'altered';
  } catch (error) {
    return isErrorCode(error, 'ENOENT') ? 'gone' : 'altered';
  }
}

/** A folder may be a link that leads elsewhere. */
async function isInside(root: string, file: string, fileSystem: FileSystem): Promise<boolean> {
  const way = relative(await fileSystem.realpath(root), await fileSystem.realpath(dirname(file)));
  return !isAbsolute(way) && way.split(sep)[0] !== '..';
}

async function unlinkIfThere(path: string, fileSystem: FileSystem): Promise<void> {
  try {
    await fileSystem.unlink(path);
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw error;
  }
}
