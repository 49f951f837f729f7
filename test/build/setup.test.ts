import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { findRuntime } from '../../scripts/runtime.mjs';
import { type Ended, runProgram } from '../support/program.ts';
import { workingCopy } from '../support/working-copy.ts';

const SETUP = ['scripts/setup.mjs', 'scripts/runtime.mjs', 'package.json', 'package-lock.json'];

/** An npm that installs nothing and remembers what it was asked. */
const NPM = `import { writeFileSync } from 'node:fs';
writeFileSync('asked.json', JSON.stringify(process.argv.slice(2)));`;

test('nothing is installed when everything is there', async (t) => {
  const copy = await workingCopy(t, SETUP);
  const { ended, npmAsked } = await setUp(copy, ['--print', 'process.version']);
  assert.equal(ended.stdout, `${process.version}\n`);
  assert.equal(npmAsked, undefined);
});

test('a lock that names something else has it installed, development tools and runtime included', async (t) => {
  const copy = await workingCopy(t, SETUP);
  await changeLock(copy, (packages) => {
    packages['node_modules/saxes'] = { version: '0.0.1' };
  });
  const { npmAsked } = await setUp(copy);
  assert.deepEqual(npmAsked, ['ci', '--include=dev', '--include=optional']);
});

test('a package that the lock no longer names has npm tidy up', async (t) => {
  const copy = await workingCopy(t, SETUP);
  await changeLock(copy, (packages) => {
    delete packages['node_modules/saxes'];
  });
  assert.ok((await setUp(copy)).npmAsked);
});

test('packages for other platforms are not missed', async (t) => {
  const copy = await workingCopy(t, SETUP);
  await changeLock(copy, (packages) => {
    packages['node_modules/for-another-platform'] = { version: '1.0.0', optional: true };
  });
  assert.equal((await setUp(copy)).npmAsked, undefined);
});

test('a runtime that is not there is named, with the remedy', async (t) => {
  const copy = await workingCopy(t, SETUP);
  await rm(join(copy, 'node_modules'));
  // This Node could stand in for the runtime; as one that is too old it cannot.
  const tooOld =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } });";
  const { ended } = await setUp(copy, [], ['--import', `data:text/javascript,${encodeURIComponent(tooOld)}`]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /holds Node 26, is not installed\. Run: npm ci --include=optional/);
});

test('the script ends the setup with its own exit code', async (t) => {
  const copy = await workingCopy(t, SETUP);
  const { ended } = await setUp(copy, ['--eval', 'process.exit(7)']);
  assert.equal(ended.code, 7);
});

/** Runs the setup, and says what it asked of npm. */
async function setUp(
  copy: string,
  script: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Promise<{ ended: Ended; npmAsked: unknown }> {
  const npm = join(copy, 'npm-cli.js');
  const asked = join(copy, 'asked.json');
  await writeFile(npm, NPM);
  const env = { npm_execpath: npm, npm_node_execpath: findRuntime() };
  const parameters = [...nodeOptions, join(copy, 'scripts/setup.mjs'), ...script];
  const ended = await runProgram(findRuntime(), parameters, { cwd: copy, env });
  const npmAsked = await readFile(asked, 'utf8').then(JSON.parse, () => undefined);
  return { ended, npmAsked };
}

type Packages = Record<string, { version: string; optional?: boolean }>;

async function changeLock(copy: string, change: (packages: Packages) => void): Promise<void> {
  const file = join(copy, 'package-lock.json');
  const lock = JSON.parse(await readFile(file, 'utf8'));
  change(lock.packages);
  await writeFile(file, JSON.stringify(lock));
}
