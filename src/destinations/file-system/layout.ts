import { dirname, join, relative, sep } from 'node:path';
import type { FileSystemConfig, FileSystemKindConfig } from '../../config/configuration.ts';
import { syncDirectory } from '../../platform/atomic-file.ts';
import { IcError } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/file-system.ts';
import { ioError, isErrorCode, orIoError } from '../../platform/io-error.ts';
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

async function isDirectory(path: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    // Through links: a directory may well be one.
    return (await fileSystem.lstat(await fileSystem.realpath(path))).isDirectory();
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return false;
    throw ioError(error, path, 'open');
  }
}
