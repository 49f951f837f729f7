import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type EmbeddedAssets, embeddedAssets } from './embedded-assets.ts';

const embedded: EmbeddedAssets | undefined = embeddedAssets;

/**
 * An asset is a file that the program needs besides its code: every file under src/ that is not TypeScript, and
 * the WebAssembly of sql.js. Its name is its path in the project, with `/` on every platform, such as
 * `src/destinations/sqlite/001-tables.sql`. Sources read it from the disk; bundle and executable hold it.
 */
export function readAsset(name: string): Buffer {
  return embedded === undefined ? readFileSync(inProject(name)) : embedded.read(name);
}

/** As `readAsset`, decoded from UTF-8. */
export function readTextAsset(name: string): string {
  return readAsset(name).toString('utf8');
}

/** The names of the assets directly in a folder, such as `src/destinations/sqlite`, in the order of their names. */
export function listAssets(folder: string): string[] {
  const names = embedded === undefined ? listFiles(folder) : embedded.names();
  return names.filter((name) => posix.dirname(name) === folder).sort();
}

function listFiles(folder: string): string[] {
  return readdirSync(inProject(folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
    .map((entry) => posix.join(folder, entry.name));
}

function inProject(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
