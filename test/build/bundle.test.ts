import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { findRuntime } from '../../scripts/runtime.mjs';
import { runProgram } from '../support/program.ts';
import { workingCopy } from '../support/working-copy.ts';

const PARTS = ['build', 'build.mjs', 'scripts', 'package.json', 'package-lock.json', 'src/platform'];

test('sources and bundle read the same assets', async (t) => {
  const copy = await programWith(t, {
    'src/things/002-second.sql': "SELECT 'größer';\n",
    'src/things/001-first.sql': 'SELECT 1;\n',
    'src/things/not-an-asset.ts': 'export {};\n',
    'src/things/deeper/003-third.sql': 'SELECT 3;\n',
    'src/main.ts': `
      import { listAssets, readAsset, readTextAsset } from './platform/assets.ts';
      const names = listAssets('src/things');
      const wasm = readAsset('node_modules/sql.js/dist/sql-wasm.wasm');
      console.log(JSON.stringify([names, names.map(readTextAsset), wasm.subarray(0, 4).toString(), wasm.length]));
    `,
  });
  await build(copy);
  const wasm = await readFile(join(copy, 'node_modules/sql.js/dist/sql-wasm.wasm'));
  const names = ['src/things/001-first.sql', 'src/things/002-second.sql'];
  for (const program of ['src/main.ts', 'dist/ic.cjs']) {
    const { stdout } = await runProgram(findRuntime(), [join(copy, program)]);
    const expected = [names, ['SELECT 1;\n', "SELECT 'größer';\n"], '\0asm', wasm.length];
    assert.deepEqual(JSON.parse(stdout), expected, program);
  }
});

test('what is imported on demand is inside, and runs on demand', async (t) => {
  const copy = await programWith(t, {
    'src/late.ts': `console.log('late'); export const answer = 42;`,
    'src/main.ts': `console.log('early'); void import('./late.ts').then(({ answer }) => console.log(answer));`,
  });
  await build(copy);
  const { stdout } = await runProgram(findRuntime(), [join(copy, 'dist/ic.cjs')]);
  assert.equal(stdout, 'early\nlate\n42\n');
});

test('builds at once leave one whole result and nothing else', async (t) => {
  const copy = await programWith(t, { 'src/main.ts': `console.log('whole');` });
  await Promise.all([build(copy), build(copy), build(copy)]);
  assert.deepEqual(await readdir(join(copy, 'dist')), ['ic.cjs']);
  const { stdout } = await runProgram(findRuntime(), [join(copy, 'dist/ic.cjs')]);
  assert.equal(stdout, 'whole\n');
});

test('a build that fails says why and leaves the last good one', async (t) => {
  const copy = await programWith(t, { 'src/main.ts': `console.log('good');` });
  await build(copy);
  await writeFile(join(copy, 'src/main.ts'), `import './absent.ts';`);
  const failed = await runBuild(copy);
  assert.notEqual(failed.code, 0);
  assert.match(failed.stderr, /absent\.ts/);
  assert.deepEqual(await readdir(join(copy, 'dist')), ['ic.cjs']);
  const { stdout } = await runProgram(findRuntime(), [join(copy, 'dist/ic.cjs')]);
  assert.equal(stdout, 'good\n');
});

/** A working copy with a program of its own, for the project's own build. */
async function programWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const copy = await workingCopy(t, PARTS);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(copy, path, '..'), { recursive: true });
    await writeFile(join(copy, path), content);
  }
  return copy;
}

async function build(copy: string): Promise<void> {
  const { code, stderr } = await runBuild(copy);
  assert.equal(code, 0, stderr);
}

function runBuild(copy: string) {
  return runProgram(findRuntime(), [join(copy, 'build.mjs'), '--bundle']);
}
