import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSystemConfig, FileSystemKindConfig } from '../../src/config/configuration.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import {
  createFileSystemDestination,
  type FileSystemContext,
} from '../../src/destinations/file-system/file-system-destination.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { type Kind, kinds } from '../../src/platform/kinds.ts';
import { identifyDocument } from '../../src/sessions/parse.ts';

export { temporaryDirectory } from './temporary-directory.ts';

/** A file system destination below `directory`: each kind in a directory of its name unless `settings` says otherwise. */
export function archiveConfig(
  directory: string,
  settings: Partial<FileSystemKindConfig> & {
    readonly byKind?: Partial<Record<Kind, Partial<FileSystemKindConfig>>>;
  } = {},
): FileSystemConfig {
  const { byKind = {}, ...common } = settings;
  const forKind = (kind: Kind): FileSystemKindConfig => ({
    directory: join(directory, kind),
    fileName:
      kind === 'backups'
        ? '%SUPPORT_SITE_HOST%.%EXTENSION%'
        : '%SUPPORT_SITE_HOST%-%LSID%-%INSTANCE%.%EXTENSION%',
    onConflict: 'append-number',
    format: null,
    retentionCount: null,
    ...common,
    ...byKind[kind],
  });
  return { type: 'file-system', name: 'archive', kinds: new Map(kinds.map((kind) => [kind, forKind(kind)])) };
}

export function connectArchive(
  config: FileSystemConfig,
  context: Partial<FileSystemContext> = {},
): Destination {
  return createFileSystemDestination(config, {
    transfer: 'hq-to-archive',
    site: 'hq',
    kinds,
    identify: identifyDocument,
    clock: systemClock,
    ...context,
  });
}

/** The system's clock, `offsetMs` ahead of the true time; `offsetMs` may be changed. */
export function shiftedClock(offsetMs = 0): Clock & { offsetMs: number } {
  return {
    ...systemClock,
    offsetMs,
    now() {
      return Date.now() + this.offsetMs;
    },
  };
}

/** Every file below a directory that a reader of the archive sees, by its relative path. */
export async function visibleFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(directory.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !/(^|\/)(\.ic-|ic-manifest\/)/.test(path))
    .sort();
}

/** The lines of a directory's manifest, oldest first. */
export async function manifestLines(root: string): Promise<readonly Record<string, unknown>[]> {
  const folder = join(root, 'ic-manifest');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));
}
