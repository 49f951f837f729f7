import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../scripts/runtime.mjs';

/**
 * The licences of everything that a build contains, as they ask to be handed on with it.
 * @param {string[]} inputs the bundled files, by their paths in the project
 * @param {string} runtime the runtime's executable
 * @returns {string}
 */
export function licenceNotices(inputs, runtime) {
  const folders = new Set(inputs.flatMap((input) => packageFolder(input) ?? []));
  const notices = [...folders].sort().map((folder) => notice(join(projectRoot, folder)));
  return [...notices, `Node.js\n\n${licenceIn(dirname(dirname(runtime)))}`].join(`\n\n${'-'.repeat(80)}\n\n`);
}

/**
 * @param {string} path
 * @returns {string | undefined} the folder of the package that the file belongs to
 */
function packageFolder(path) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

/** @param {string} folder */
function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${name} ${version} (${license})\n\n${licenceIn(folder)}`;
}

/** @param {string} folder */
function licenceIn(folder) {
  const file = existsSync(folder) ? readdirSync(folder).find((name) => /^licen[cs]e/i.test(name)) : undefined;
  return file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
}
