import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { projectRoot } from '../scripts/runtime.mjs';

/**
 * Gives the work a folder of its own beside its results, so that builds that run at once never meet, and a result
 * can be renamed into its place.
 * @template T
 * @param {string} parent
 * @param {(folder: string) => T} work
 * @returns {T}
 */
export function withWorkFolder(parent, work) {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, '.work-'));
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  try {
    const result = work(folder);
    if (result instanceof Promise) return /** @type {T} */ (result.finally(cleanUp));
    cleanUp();
    return result;
  } catch (error) {
    cleanUp();
    throw error;
  }
}

/**
 * Puts a file in the place of another, whole, also when the other is an executable that runs just now.
 * @param {string} source
 * @param {string} target
 */
export function replaceFile(source, target) {
  try {
    renameSync(source, target);
  } catch (error) {
    if (process.platform !== 'win32') throw error;
    moveAside(target);
    renameSync(source, target);
  }
}

/**
 * Windows does not overwrite an executable that runs, but lets it be renamed.
 * @param {string} file
 */
function moveAside(file) {
  const old = `${file}.old-`;
  for (const name of readdirSync(dirname(file)).filter((name) => name.startsWith(basename(old)))) {
    removeUnlessRunning(join(dirname(file), name));
  }
  renameSync(file, `${old}${process.pid}`);
}

/** @param {string} file */
function removeUnlessRunning(file) {
  try {
    rmSync(file);
  } catch {
    // It still runs: a later build removes it.
  }
}

/**
 * @param {string} folder gets a file SHA256SUMS, in the form that `sha256sum --check` reads
 * @param {string[]} names of files in the folder
 */
export function writeChecksums(folder, names) {
  const lines = names.map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
}

/** @returns {string} a hash over everything that a build is made from */
export function hashInputs() {
  const files = [
    'package.json',
    'package-lock.json',
    'build.mjs',
    ...filesUnder('build'),
    ...filesUnder('src'),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n${sha256(readFileSync(join(projectRoot, file)))}\n`);
  return hash.digest('hex');
}

/** @param {string} folder */
function filesUnder(folder) {
  return readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(projectRoot.length + 1))
    .sort();
}

/** @param {Buffer} content */
function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}
