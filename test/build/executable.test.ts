import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import test from 'node:test';
import { executablePath } from '../../scripts/executable.ts';
import { findRuntime, projectRoot } from '../../scripts/runtime.mjs';
import { version } from '../../src/platform/version.ts';
import { runIc, runProgram } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const dist = dirname(executablePath);
const versionLine = `ic ${version}\n`;

test('the executable runs anywhere, alone, where no Node is to be found', async (t) => {
  const directory = await temporaryDirectory(t);
  const copy = join(directory, basename(executablePath));
  await copyFile(executablePath, copy);
  const ended = await runProgram(copy, ['--version'], { cwd: directory, env: { PATH: '', Path: '' } });
  assert.deepEqual(ended, { code: 0, signal: null, stdout: versionLine, stderr: '' });
});

test('what NODE_OPTIONS holds is for other programs', async () => {
  const ended = await runIc(['--version'], {
    env: { NODE_OPTIONS: '--max-old-space-size=64 --require=./absent' },
  });
  assert.deepEqual(ended, { code: 0, signal: null, stdout: versionLine, stderr: '' });
});

test('the bundle and the launcher answer as the executable does', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const script of ['dist/ic.cjs', 'bin/ic.mjs', 'src/main.ts']) {
    const ended = await runProgram(findRuntime(), [join(projectRoot, script), '--version'], {
      cwd: directory,
    });
    assert.deepEqual(ended, { code: 0, signal: null, stdout: versionLine, stderr: '' }, script);
  }
});

test('the launcher ends with the exit code of the program', async () => {
  const ended = await runProgram(findRuntime(), [join(projectRoot, 'bin/ic.mjs'), 'no-such-command']);
  assert.equal(ended.code, 2);
});

test('the checksums are those of the files', async () => {
  const lines = (await readFile(join(dist, 'SHA256SUMS'), 'utf8')).trimEnd().split('\n');
  const named = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  for (const name of [basename(executablePath), 'ic.cjs', 'THIRD-PARTY-NOTICES.txt']) {
    const hash = createHash('sha256').update(await readFile(join(dist, name)));
    assert.equal(named.get(name), hash.digest('hex'), name);
  }
});

test('the notices hold the licences of what is inside', async () => {
  const notices = await readFile(join(dist, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  assert.match(notices, /Node\.js is licensed for use as follows/);
});
