import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { FileSystemConfig, FileSystemKindConfig } from '../../config/configuration.ts';
import { syncDirectory } from '../../platform/atomic-file.ts';
import { IcError } from '../../platform/errors.ts';
import type { FileStat, FileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode, notOwnFile, orIoError } from '../../platform/io-error.ts';
import type { Kind } from '../../platform/kinds.ts';

/** Beside the files of a directory: the record of what was delivered into it. */
export const manifestFolder = 'ic-manifest';

/** Inside a kind's directory, and so on its file system: what is not finished. */
export const stagingFolder = '.ic-staging';

/** Inside a directory: files that `verify` found damaged and set aside. */
export const damagedFolder = '.ic-damaged';

/** Whether a name is one of those that the destination keeps for itself, on a file system that ignores case too. */
export function isOwnName(component: string): boolean {
  return /^(\.ic-|ic-manifest$)/i.test(component);
}

/** How a destination keeps a kind; a defect if it does not. */
export function kindConfig(config: FileSystemConfig, kind: Kind): FileSystemKindConfig {
  const found = config.kinds.get(kind);
  if (found) return found;
  throw new IcError('configuration', `The destination ${config.name} has no directory for ${kind}.`, {
    hint: `Set directory in [destination.${config.name}] or in [destination.${config.name}.${kind}].`,
  });
}

/** The directories that a destination uses, each once. Each has a manifest of its own. */
export function rootsOf(config: FileSystemConfig): readonly string[] {
  return [...new Set([...config.kinds.values()].map((kind) => kind.directory))];
}

export function stagingIn(directory: string): string {
  return join(directory, stagingFolder);
}

/** A file's path as the manifest has it: relative to the directory, with forward slashes on every system. */
export function toManifestPath(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}

export function toSystemPath(root: string, path: string): string {
  return join(root, ...path.split('/'));
}

/** Creates what is missing of a path, and makes each new name durable. */
export async function makeDirectory(path: string, fileSystem: FileSystem): Promise<void> {
  if (await isDirectory(path, fileSystem)) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent, fileSystem);
  await orIoError(fileSystem.mkdir(path), path, 'create');
  await syncDirectory(parent, { fileSystem });
}

/** As `makeDirectory`, for a directory below that of the destination: see `requireBelow`. */
export async function makeDirectoryBelow(root: string, path: string, fileSystem: FileSystem): Promise<void> {
  await requireBelow(root, path, fileSystem);
  await makeDirectory(path, fileSystem);
}

/**
 * Refuses a directory that is not below that of the destination when links are followed: a folder may be a link, but
 * none that leads out; a folder of the destination's own is none at all. Whoever may write there could otherwise have
 * files written, and old ones removed, wherever this user may.
 */
export async function requireBelow(root: string, path: string, fileSystem: FileSystem): Promise<void> {
  let folder = root;
  for (const name of relative(root, path).split(sep)) {
    folder = join(folder, name);
    const found = await orIoError(lstatIfThere(folder, fileSystem), folder, 'open');
    if (found === null) return;
    if (!found.isSymbolicLink()) continue;
    if (isOwnName(name)) throw ioError(notOwnFile('open', folder, 'is a link'), folder, 'open');
    if (!(await orIoError(isInside(root, folder, fileSystem), folder, 'open')))
      throw ioError(notOwnFile('open', folder, `is a link that leads out of ${root}`), folder, 'open');
  }
}

async function lstatIfThere(path: string, fileSystem: FileSystem): Promise<FileStat | null> {
  try {
    return await fileSystem.lstat(path);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Whether a directory is below another one when links are followed. */
export async function isInside(root: string, directory: string, fileSystem: FileSystem): Promise<boolean> {
  const way = relative(await fileSystem.realpath(root), await fileSystem.realpath(directory));
  return !isAbsolute(way) && way.split(sep)[0] !== '..';
}

async function isDirectory(path: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    // Through links: a directory may well be one.
    return (await fileSystem.lstat(await fileSystem.realpath(path))).isDirectory();
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return false;
    throw ioError(error, path, 'open');
  }
}
