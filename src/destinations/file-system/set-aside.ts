import { lstat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { FileSystemConfig } from '../../config/configuration.ts';
import { linkExclusively } from '../../platform/atomic-file.ts';
import type { Clock } from '../../platform/clock.ts';
import { nodeFileSystem } from '../../platform/file-system.ts';
import { ioError } from '../../platform/io-error.ts';
import { isRecordKind } from '../../platform/kinds.ts';
import { refuseForeign } from '../../platform/own-file.ts';
import { numberedName } from '../../platform/safe-name.ts';
import { digestOf, type IdentifyDocument, readChunks } from './content.ts';
import { damagedFolder, makeDirectoryBelow, rootsOf, toManifestPath } from './layout.ts';
import { Manifest } from './manifest.ts';
import type { FileEntry, Link } from './manifest-line.ts';

/**
 * Moves a damaged file out of the way of the one that will be fetched in its place: below `.ic-damaged` in the
 * directory of its manifest. Nothing is deleted, as the appliance may have nothing better any more. Resolves with the
 * new path.
 */
export async function setAside(config: FileSystemConfig, path: string): Promise<string> {
  const root = rootOf(config, path);
  await requireRegular(path);
  const target = join(root, damagedFolder, toManifestPath(root, path));
  await makeDirectoryBelow(root, dirname(target), nodeFileSystem);
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? basename(target) : numberedName(basename(target), number);
    if (await linkExclusively(path, join(dirname(target), name))) return join(dirname(target), name);
  }
}

/** A link or a pipe in a file's place is somebody else's. */
async function requireRegular(path: string): Promise<void> {
  try {
    refuseForeign(path, await lstat(path), { writes: false });
  } catch (error) {
    throw ioError(error, path, 'set aside');
  }
}

/**
 * Whether a file that differs from its line holds, whole, the content that the line tells of: then the line is at fault,
 * such as one whose writer was killed, and another that is right follows it.
 */
export async function correctLine(
  config: FileSystemConfig,
  path: string,
  { identify, clock }: { readonly identify: IdentifyDocument; readonly clock: Clock },
): Promise<boolean> {
  const fileSystem = nodeFileSystem;
  const root = rootOf(config, path);
  const manifest = new Manifest(root, { clock, fileSystem });
  try {
    const entry = await manifest.lastAbout(toManifestPath(root, path));
    if (entry === null || !isRecordKind(entry.kind)) return false;
    const found = await identify(readChunks(path, fileSystem), entry.kind);
    if (found === null || found.lsid !== entry.lsid || !found.hasContent(entry.content_hash)) return false;
    const { seq: _seq, previous: _previous, ...known } = entry as FileEntry & Partial<Link>;
    const at = new Date(clock.now()).toISOString();
    await manifest.append([
      {
        ...known,
        type: 'adopted',
        at,
        content_hash: found.contentHash,
        ...(await digestOf(path, fileSystem)),
      },
    ]);
    return true;
  } finally {
    manifest.close();
  }
}

/** The innermost of the destination's directories that holds the path. */
function rootOf(config: FileSystemConfig, path: string): string {
  const holding = rootsOf(config).filter((root) => path.startsWith(join(root, sep)));
  const innermost = holding.toSorted((a, b) => b.length - a.length)[0];
  if (innermost !== undefined) return innermost;
  throw new Error(`${path} is in none of the destination's directories`);
}
