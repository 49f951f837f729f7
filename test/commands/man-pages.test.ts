import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { manPages } from '../../scripts/man-pages.ts';
import { projectRoot } from '../../scripts/runtime.mjs';
import { commands } from '../../src/commands/commands.ts';
import { runProgram } from '../support/program.ts';

const hasGroff = process.platform !== 'win32' && spawnSync('groff', ['--version']).status === 0;
const directory = join(projectRoot, 'docs', 'man');

test('every command has its page, and no page is of a command that is gone', async () => {
  const names = commands.map(({ name }) => `ic-${name.replaceAll(' ', '-')}.1`);
  assert.deepEqual((await readdir(directory)).sort(), ['ic.1', ...names].sort());
});

test('groff sets every page without a warning', { skip: !hasGroff && 'needs groff' }, async () => {
  for (const [name, render] of Object.entries(manPages())) {
    const input = render();
    const set = await runProgram('groff', ['-man', '-ww', '-Tutf8', '-P-c', '-P-b', '-P-o', '-P-u'], {
      input,
    });
    assert.deepEqual([set.code, set.stderr], [0, ''], name);
    if (name !== 'ic-pull.1') continue;
    assert.match(set.stdout, /ic-pull - one incremental pull of each named transfer/);
    assert.match(set.stdout, /ic pull \[TRANSFER\.\.\.\] \[FLAGS\]/);
    assert.match(set.stdout, /--wait-lock D/);
    assert.match(set.stdout, /transfer’s site/);
  }
});
