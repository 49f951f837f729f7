import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { replaceOwnerFile, writeOwnerFile } from '../../src/platform/owner-file.ts';
import type { Run } from '../../src/platform/run-program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const isPosix = process.platform !== 'win32';

test('a new file is its owner’s alone, and takes nothing’s place', {
  skip: !isPosix && 'needs modes',
}, async (t) => {
  const path = join(await temporaryDirectory(t), 'key');
  await writeOwnerFile(path, 'one', { env: {} });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await assert.rejects(writeOwnerFile(path, 'two', { env: {} }), /Cannot write .*key/);
  assert.equal(await readFile(path, 'utf8'), 'one');
});

test('a replaced file keeps its mode, and a link to it stays a link', {
  skip: !isPosix && 'needs modes',
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const [path, link] = [join(directory, 'file'), join(directory, 'link')];
  await writeFile(path, 'one');
  await chmod(path, 0o640);
  await symlink(path, link);
  await replaceOwnerFile(link, 'two', { env: {} });
  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.equal((await stat(path)).mode & 0o777, 0o640);
  assert.deepEqual((await readdir(directory)).sort(), ['file', 'link']);
});

test('on Windows, the rights of the old file are given to the new one, its path by standard input', async (t) => {
  const path = join(await temporaryDirectory(t), "o'file");
  await writeFile(path, 'one');
  const calls: { command: string; input: string }[] = [];
  const run: Run = async (command, _parameters, input) => {
    calls.push({ command, input });
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  await replaceOwnerFile(path, 'two', { env: {}, platform: 'win32', run });
  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.deepEqual(
    calls.map(({ command }) => command.split('\\').at(-1)),
    ['icacls.exe', 'powershell.exe'],
  );
  assert.equal(calls[1]?.input.split('\n')[0], path);
  const refuse: Run = async (command) => ({
    exitCode: command.endsWith('\\icacls.exe') ? 0 : 1,
    stdout: '',
    stderr: 'No.',
  });
  await assert.rejects(replaceOwnerFile(path, 'three', { env: {}, platform: 'win32', run: refuse }), /No\./);
  assert.equal(await readFile(path, 'utf8'), 'two');
  assert.deepEqual(await readdir(join(path, '..')), ["o'file"]);
});
