import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { executableIn, projectRoot, runtimePackage } from '../scripts/runtime.mjs';
import { replaceFile, withWorkFolder } from './files.mjs';

/**
 * The runtime of another platform. npm installs only this machine's, so the package is fetched, and held against
 * the hash in package-lock.json.
 * @param {string} platform such as `win32-x64`
 * @param {string} cache
 * @returns {string} path of its executable
 */
export function foreignRuntime(platform, cache) {
  const name = runtimePackage(platform);
  if (name === undefined) throw new Error(`There is no runtime for ${platform}.`);
  const { version, integrity } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'))
    .packages[`node_modules/${name}`];
  const folder = join(cache, `${name}-${version}`);
  const present = executableIn(folder);
  if (present !== undefined) return present;
  mkdirSync(cache, { recursive: true });
  withWorkFolder(cache, (work) => {
    unpack(fetchPackage(`${name}@${version}`, integrity, work), work);
    replaceFile(join(work, 'package'), folder);
  });
  const fetched = executableIn(folder);
  if (fetched === undefined) throw new Error(`The package ${name} holds no executable.`);
  return fetched;
}

/**
 * @param {string} specifier
 * @param {string} integrity
 * @param {string} folder
 * @returns {string} name of the package's file in the folder
 */
function fetchPackage(specifier, integrity, folder) {
  // A shell, because on Windows npm is npm.cmd, which nothing else starts.
  const printed = execFileSync(`npm pack ${specifier} --silent`, {
    cwd: folder,
    shell: true,
    encoding: 'utf8',
  });
  const file = printed.trim().split('\n').at(-1) ?? '';
  const hash = createHash('sha512')
    .update(readFileSync(join(folder, file)))
    .digest('base64');
  if (integrity !== `sha512-${hash}`) throw new Error(`${specifier} is not what package-lock.json says.`);
  return file;
}

/**
 * @param {string} file
 * @param {string} folder
 */
function unpack(file, folder) {
  execFileSync('tar', ['-xzf', file], { cwd: folder });
}
