import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../scripts/runtime.mjs';
import { runProgram } from '../support/program.ts';

const script = fileURLToPath(new URL('./processes/write-output.ts', import.meta.url));
const noColorSettings = { NO_COLOR: undefined, FORCE_COLOR: undefined };

for (const [name, env, parameters, color] of [
  ['a pipe has none', {}, [], false],
  ['FORCE_COLOR gives them', { FORCE_COLOR: '1' }, [], true],
  ['FORCE_COLOR=0 does not', { FORCE_COLOR: '0' }, [], false],
  ['NO_COLOR wins over FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, [], false],
  ['an empty NO_COLOR is none', { NO_COLOR: '', FORCE_COLOR: '1' }, [], true],
  ['--color wins over NO_COLOR', { NO_COLOR: '1' }, ['status', '--color'], true],
  ['--no-color wins over FORCE_COLOR', { FORCE_COLOR: '1' }, ['--no-color', 'status'], false],
  ['the last flag counts', {}, ['--no-color', '--color'], true],
  ['what follows -- is no flag', {}, ['--', '--color'], false],
] as const) {
  test(`colours: ${name}`, async () => {
    const ended = await runProgram(process.execPath, [script, '0', ...parameters], {
      env: { ...noColorSettings, ...env },
    });
    assert.deepEqual(JSON.parse(ended.stdout), {
      isTerminal: false,
      columns: 'Infinity',
      color,
      interactive: false,
    });
  });
}

test('everything that was written gets out before the process ends', async () => {
  const { stdout, stderr, code } = await runProgram(process.execPath, [script, '50000']);
  assert.equal(stdout.split('\n').length, 50_002);
  assert.equal(stderr, 'wrote all\n');
  assert.equal(code, 0);
});

test('a reader that has seen enough ends the output quietly', async () => {
  const child = spawn(process.execPath, [script, '10000000'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'close');
  assert.equal(await errors, 'wrote some\n');
  assert.equal(code, 0);
});

test('an output that cannot be written is a failure', { skip: !existsSync('/dev/full') }, async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [script, '10'], { stdio: ['ignore', full, 'pipe'] });
  assert.ok(child.stderr);
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  assert.match(errors, /^ic: Standard output cannot be written: .*ENOSPC/m);
  assert.equal(code, 74);
});

test('also the version, which is answered before all else', { skip: !existsSync('/dev/full') }, async () => {
  const full = openSync('/dev/full', 'w');
  const main = join(projectRoot, 'src', 'main.ts');
  const child = spawn(process.execPath, [main, '--version'], { stdio: ['ignore', full, 'pipe'] });
  assert.ok(child.stderr);
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  assert.match(errors, /^ic: Standard output cannot be written: .*ENOSPC.*\n$/);
  assert.equal(code, 74);
});
