import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { findRuntime } from '../../scripts/runtime.mjs';
import { runProgram } from '../support/program.ts';
import { workingCopy } from '../support/working-copy.ts';

const PASSING = `import test from 'node:test'; test('passes', () => {});`;
const FAILING = `import test from 'node:test'; test('fails', () => { throw new Error('on purpose'); });`;
const EMPTY = 'export {};';

const cases = [
  { name: 'all pass', files: { 'a.test.ts': PASSING }, filters: [], code: 0, counts: ['1', '1', '0'] },
  {
    name: 'one fails',
    files: { 'a.test.ts': PASSING, 'b.test.ts': FAILING },
    filters: [],
    code: 1,
    counts: ['2', '1', '1'],
  },
  {
    name: 'what fails is left out',
    files: { 'a/a.test.ts': PASSING, 'b/b.test.ts': FAILING },
    filters: ['test/a'],
    code: 0,
    counts: ['1', '1', '0'],
  },
  { name: 'no test ran', files: { 'a.test.ts': EMPTY }, filters: [], code: 1, counts: ['1', '1', '0'] },
];

for (const { name, files, filters, code, counts } of cases) {
  test(`${name}: exit ${code}, and the counts close the output`, async (t) => {
    const ended = await runTests(t, files, filters);
    assert.equal(ended.code, code, ended.stdout + ended.stderr);
    const lastLines = ended.stdout.trimEnd().split('\n').slice(-8).join('\n');
    const [tests, pass, fail] = counts;
    assert.match(lastLines, new RegExp(`^ℹ tests ${tests}\n.*\nℹ pass ${pass}\nℹ fail ${fail}\n`));
  });
}

test('a path without tests is an error', async (t) => {
  const ended = await runTests(t, { 'a.test.ts': PASSING }, ['test/b']);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /No test file matches test\/b/);
});

async function runTests(t: TestContext, files: Readonly<Record<string, string>>, filters: readonly string[]) {
  const copy = await workingCopy(t, ['scripts', 'package.json']);
  for (const [name, content] of Object.entries(files)) {
    const file = join(copy, 'test', name);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content);
  }
  return runProgram(findRuntime(), [join(copy, 'scripts/test.ts'), ...filters]);
}
