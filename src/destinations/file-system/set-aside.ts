import { basename, dirname, join, sep } from 'node:path';
import type { FileSystemConfig } from '../../config/configuration.ts';
import { linkExclusively } from '../../platform/atomic-file.ts';
import { nodeFileSystem } from '../../platform/file-system.ts';
import { numberedName } from '../../platform/safe-name.ts';
import { damagedFolder, makeDirectory, rootsOf, toManifestPath } from './layout.ts';

/**
 * Moves a damaged file out of the way of the one that will be fetched in its place: below `.ic-damaged` in the
 * directory of its manifest. Nothing is deleted, as the appliance may have nothing better any more. Resolves with the
 * new path.
 */
export async function setAside(config: FileSystemConfig, path: string): Promise<string> {
  const root = rootOf(config, path);
  const target = join(root, damagedFolder, toManifestPath(root, path));
  await makeDirectory(dirname(target), nodeFileSystem);
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? basename(target) : numberedName(basename(target), number);
    if (await linkExclusively(path, join(dirname(target), name))) return join(dirname(target), name);
  }
}

/** The innermost of the destination's directories that holds the path. */
function rootOf(config: FileSystemConfig, path: string): string {
  const holding = rootsOf(config).filter((root) => path.startsWith(join(root, sep)));
  const innermost = holding.toSorted((a, b) => b.length - a.length)[0];
  if (innermost !== undefined) return innermost;
  throw new Error(`${path} is in none of the destination's directories`);
}
