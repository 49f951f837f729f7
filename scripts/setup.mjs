// Brings node_modules up to the lock, then runs a script on the runtime that is in it:
//
//   node scripts/setup.mjs [SCRIPT [ARGUMENT...]]
//
// npm scripts go through here instead of `setup && node SCRIPT`, because a shell that has found `node` once
// remembers where, and would go on with the machine's Node although `npm ci` has just brought the right one.
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot, runOnRuntime, runtimePackage } from './runtime.mjs';

const MODULES = join(projectRoot, 'node_modules');

/** Installs what the lock names, unless it is there already. */
export function installDependencies() {
  if (isInstalled()) return;
  process.stderr.write('Installing the dependencies that package-lock.json names...\n');
  const result = runNpm(npmArguments());
  if (result.status === 0) return;
  throw new Error(
    `npm could not install the dependencies (${result.error?.message ?? `exit ${result.status}`}).`,
  );
}

/** Whether npm's record of what it installed holds what the lock names, and nothing else. */
function isInstalled() {
  const wanted = readPackages(join(projectRoot, 'package-lock.json'));
  const present = readPackages(join(MODULES, '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  const runtime = `node_modules/${runtimePackage()}`;
  for (const [path, { version, integrity, optional }] of wanted) {
    const found = present.get(path);
    if (found === undefined ? !optional || path === runtime : !isSame(found, { version, integrity }))
      return false;
  }
  return [...present.keys()].every((path) => wanted.has(path));
}

/**
 * @typedef {{ version: string, integrity?: string | undefined, optional?: boolean }} Locked
 * @param {string} file a lock file of npm's
 * @returns {Map<string, Locked> | undefined} by path, without the project itself
 */
function readPackages(file) {
  try {
    const { '': _project, ...packages } = JSON.parse(readFileSync(file, 'utf8')).packages;
    return new Map(Object.entries(packages));
  } catch {
    return undefined;
  }
}

/**
 * @param {Locked} a
 * @param {Locked} b
 */
function isSame(a, b) {
  return a.version === b.version && a.integrity === b.integrity;
}

/** What is asked of npm; the groups are named because NODE_ENV or a user's npmrc may leave them out. */
function npmArguments() {
  // `npm ci` begins by deleting node_modules, which Windows refuses while this process runs from in there.
  const runsFromModules = process.execPath.startsWith(MODULES + sep);
  const command = runsFromModules ? ['install', '--no-save'] : ['ci'];
  return [...command, '--include=dev', '--include=optional'];
}

/**
 * What npm prints goes to standard error: standard output belongs to the script.
 * @param {string[]} parameters
 */
function runNpm(parameters) {
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { cwd: projectRoot, stdio: ['ignore', 2, 2] };
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  if (npm !== undefined && basename(npm) === 'npm-cli.js') {
    return spawnSync(node ?? process.execPath, [npm, ...parameters], options);
  }
  // Without npm around us it is looked up, on Windows as npm.cmd, which only a shell can start.
  return spawnSync(`npm ${parameters.join(' ')}`, { ...options, shell: true });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    installDependencies();
    const script = process.argv.slice(2);
    runOnRuntime(script.length > 0 ? script : ['--print', '"Node " + process.version + " is ready."']);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
