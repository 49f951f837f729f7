// Builds into dist/:
//
//   node build.mjs              the bundle, and the executable for this machine's platform
//   node build.mjs --bundle     the bundle alone: ic.cjs, for Node 22.22 and later
//   node build.mjs --all        also the executables that this machine can make for other platforms
//   node build.mjs --if-stale   nothing when dist/ holds what these sources make
//
// Any Node from 20 on can run it. Each result is renamed into its place: builds may run at once, and programs may
// run the old one meanwhile.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, bundleParts } from './build/bundle.mjs';
import { makeCodeCache, makeExecutable } from './build/executable.mjs';
import { hashInputs, replaceFile, withWorkFolder, writeChecksums } from './build/files.mjs';
import { foreignRuntime } from './build/foreign-runtime.mjs';
import { licenceNotices } from './build/notices.mjs';
import { findRuntime, hostPlatform, projectRoot, runtimePlatforms } from './scripts/runtime.mjs';
import { installDependencies } from './scripts/setup.mjs';

const DIST = join(projectRoot, 'dist');
const CACHE = join(DIST, '.cache');
const BUNDLE = 'ic.cjs';
const EXECUTABLE = `ic${extension(hostPlatform)}`;
const NOTICES = 'THIRD-PARTY-NOTICES.txt';
const STAMP = '.built-from';

const { values: options } = parseArgs({
  options: { bundle: { type: 'boolean' }, all: { type: 'boolean' }, 'if-stale': { type: 'boolean' } },
});

try {
  installDependencies();
  const inputs = hashInputs();
  const isCurrent = options['if-stale'] && isBuiltFrom(inputs);
  if (!isCurrent) await withWorkFolder(DIST, (folder) => build(folder, inputs));
} catch (error) {
  // One line will do: esbuild and the runtime have said the rest themselves.
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`Nothing was built: ${message.split('\n')[0]?.replace(/:$/, '.')}\n`);
  process.exitCode = 1;
}

/**
 * @param {string} folder where everything is made before anything takes its place
 * @param {string} inputs the hash of what it is made from
 */
async function build(folder, inputs) {
  const files = await bundle(join(folder, BUNDLE));
  if (options.bundle) return publish(folder, [BUNDLE]);
  await bundleParts(folder);
  makeCodeCache(folder);
  writeFileSync(join(folder, NOTICES), licenceNotices(files, findRuntime()));
  const others = options.all ? runtimePlatforms().filter(canMakeFor) : [];
  const executables = [
    make(hostPlatform, findRuntime(), EXECUTABLE, folder),
    ...others.map((platform) => makeForOther(platform, folder)),
  ];
  const results = [...executables, BUNDLE, NOTICES];
  writeChecksums(folder, results);
  writeFileSync(join(folder, STAMP), inputs);
  publish(folder, [...results, 'SHA256SUMS', STAMP]);
}

/**
 * Only macOS can sign for macOS.
 * @param {string} platform
 */
function canMakeFor(platform) {
  return platform !== hostPlatform && (process.platform === 'darwin' || !platform.startsWith('darwin-'));
}

/**
 * @param {string} platform
 * @param {string} folder
 */
function makeForOther(platform, folder) {
  return make(platform, foreignRuntime(platform, CACHE), `ic-${platform}${extension(platform)}`, folder);
}

/**
 * @param {string} platform
 * @param {string} runtime
 * @param {string} name
 * @param {string} folder
 */
function make(platform, runtime, name, folder) {
  makeExecutable({ platform, runtime, output: name }, folder);
  return name;
}

/**
 * @param {string} folder
 * @param {string[]} names
 */
function publish(folder, names) {
  for (const name of names) replaceFile(join(folder, name), join(DIST, name));
  process.stdout.write(`Built ${names.filter((name) => name !== STAMP).join(', ')} in dist/\n`);
}

/** @param {string} platform */
function extension(platform) {
  return platform.startsWith('win32-') ? '.exe' : '';
}

/** @param {string} hash */
function isBuiltFrom(hash) {
  if (![BUNDLE, EXECUTABLE, STAMP].every((name) => existsSync(join(DIST, name)))) return false;
  return readFileSync(join(DIST, STAMP), 'utf8') === hash;
}
