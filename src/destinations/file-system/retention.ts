import { dirname } from 'node:path';
import type { FileSystem } from '../../platform/file-system.ts';
import { errorCode, isErrorCode } from '../../platform/io-error.ts';
import { isInside, toSystemPath } from './layout.ts';
import type { Manifest } from './manifest.ts';
import type { FileEntry, RemovedEntry } from './manifest-line.ts';

export interface RetentionContext {
  readonly manifest: Manifest;
  readonly root: string;
  readonly site: string;
  readonly transfer: string;
  readonly fileSystem: FileSystem;
  /** ISO 8601. */
  readonly at: string;
}

/** A backup that the manifest names, and what is there under its name. */
interface Found {
  readonly entry: FileEntry;
  readonly state: 'there' | 'gone' | 'altered';
}

/**
 * Removes the oldest backups that a transfer delivered of a site until `keep` are left. Only those that the manifest says
 * it delivered, in folders of the archive, and as long as they were then: whatever else lies there is not ours, and another
 * destination may share the directory. One that is much smaller than those before it takes the place of none of them: it
 * does not count as kept, and while it is the newest nothing is removed. Resolves with what was not removed, and why.
 */
export async function pruneBackups(keep: number, context: RetentionContext): Promise<readonly string[]> {
  const found = await Array.fromAsync(await deliveredBackups(context), async (entry) => ({
    entry,
    state: await look(entry, context),
  }));
  const there = found.filter(({ state }) => state === 'there').map(({ entry }) => entry);
  const usual = ofUsualSize(there.toReversed(), keep);
  const kept = usual.slice(-keep);
  const [newest] = there;
  if (newest !== undefined && !usual.includes(newest)) return [muchSmaller(newest, kept, context)];
  return kept.length < keep ? [] : remove(olderThan(kept, found), context);
}

async function remove(
  surplus: readonly FileEntry[],
  { manifest, root, fileSystem, at }: RetentionContext,
): Promise<readonly string[]> {
  const removed: RemovedEntry[] = [];
  const warnings: string[] = [];
  for (const { path, site, kind } of surplus) {
    const file = toSystemPath(root, path);
    try {
      await unlinkIfThere(file, fileSystem);
      removed.push({ type: 'removed', at, site, kind, path });
    } catch (error) {
      warnings.push(`Cannot remove the old backup ${file} (${errorCode(error) ?? error}).`);
    }
  }
  await manifest.append(removed);
  return warnings;
}

/** Oldest first; among them what a crash left removed but not recorded so. `found` has the newest first. */
function olderThan([oldestKept]: readonly FileEntry[], found: readonly Found[]): readonly FileEntry[] {
  const older = found.slice(found.findIndex(({ entry }) => entry === oldestKept) + 1);
  return older
    .filter(({ state }) => state !== 'altered')
    .map(({ entry }) => entry)
    .toReversed();
}

/**
 * Of backups, oldest first, those that have at least half of the median size of the `count` such ones before them. The
 * answer may have ended too soon without a trace: a program that makes a backup may die as one that is done.
 */
function ofUsualSize(backups: readonly FileEntry[], count: number): readonly FileEntry[] {
  const usual: FileEntry[] = [];
  for (const backup of backups) {
    if (backup.bytes * 2 >= medianSize(usual.slice(-count))) usual.push(backup);
  }
  return usual;
}

function medianSize(backups: readonly FileEntry[]): number {
  const sizes = backups.map(({ bytes }) => bytes).toSorted((one, other) => one - other);
  return sizes[Math.floor(sizes.length / 2)] ?? 0;
}

function muchSmaller(newest: FileEntry, kept: readonly FileEntry[], { root }: RetentionContext): string {
  const file = toSystemPath(root, newest.path);
  const usual = `${medianSize(kept)} bytes, the median of the ${kept.length} before it that count`;
  return `The backup ${file} has ${newest.bytes} bytes, less than half of ${usual}: no old backup is removed. Look whether it is whole. If backups have become smaller for a reason, move the larger ones out of the archive.`;
}

/** Newest first. */
async function deliveredBackups({
  manifest,
  site,
  transfer,
}: RetentionContext): Promise<readonly FileEntry[]> {
  const names = await manifest.namesOfTransfer(transfer);
  const [files = []] = await manifest.filesOf([{ site, kind: 'backups', lsid: null, instance: null }]);
  return files.filter((file) => names.has(file.transfer));
}

async function look(
  { path, bytes }: FileEntry,
  { root, fileSystem }: RetentionContext,
): Promise<Found['state']> {
  const file = toSystemPath(root, path);
  try {
    const stat = await fileSystem.lstat(file);
    const isOurs = stat.isFile() && stat.size === bytes && (await isInside(root, dirname(file), fileSystem));
    return isOurs ? 'there' : 'altered';
  } catch (error) {
    return isErrorCode(error, 'ENOENT') ? 'gone' : 'altered';
  }
}

async function unlinkIfThere(path: string, fileSystem: FileSystem): Promise<void> {
  try {
    await fileSystem.unlink(path);
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw error;
  }
}
