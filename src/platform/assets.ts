import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { embeddedAssets } from './embedded-assets.ts';

/**
 * An asset is a file that the program needs besides its code: every file under src/ that is not TypeScript, and
 * the WebAssembly of sql.js. Its name is its path in the project, with `/` on every platform, such as
 * `src/destinations/sqlite/001-tables.sql`. Sources read it from the disk; bundle and executable hold it.
 */
export function readAsset(name: string): Buffer {
  if (embeddedAssets === undefined) return readFileSync(inProject(name));
  const encoded = embeddedAssets.get(name);
  if (encoded === undefined) throw new Error(`The asset ${name} is not in the bundle.`);
  return Buffer.from(encoded(), 'base64');
}

/** As `readAsset`, decoded from UTF-8. */
export function readTextAsset(name: string): string {
  return readAsset(name).toString('utf8');
}

/** The names of the assets directly in a folder, such as `src/destinations/sqlite`, in the order of their names. */
export function listAssets(folder: string): string[] {
  const names = embeddedAssets === undefined ? listFiles(folder) : [...embeddedAssets.keys()];
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
