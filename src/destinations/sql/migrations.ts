import { posix } from 'node:path';
import { listAssets, readTextAsset } from '../../platform/assets.ts';

/** One step of a schema, forward only. Its number never changes once it was released, nor does what it says. */
export interface Migration {
  readonly version: number;
  /** Its file's name, such as `001-tables.sql`. */
  readonly name: string;
  sql(): string;
}

/** The migrations of a folder in order; their versions are 1, 2, 3, … */
export function migrationsIn(folder: string): readonly Migration[] {
  return listAssets(folder).map((path) => {
    const name = posix.basename(path);
    return { version: Number.parseInt(name, 10), name, sql: () => readTextAsset(path) };
  });
}
