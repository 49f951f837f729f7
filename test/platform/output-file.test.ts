import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeOutputFile } from '../../src/platform/output-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const isPosix = process.platform !== 'win32';

test('a file is made or replaced, with the mode that is asked for', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'page.html');
  await writeOutputFile(path, Buffer.from('one'));
  await writeOutputFile(path, Buffer.from('two'), 0o644);
  assert.equal(await readFile(path, 'utf8'), 'two');
  if (isPosix) assert.equal((await stat(path)).mode & 0o777, 0o644);
  assert.deepEqual(await readdir(directory), ['page.html']);
});

test('a link stays a link, to what is written', { skip: !isPosix }, async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'target'), 'old');
  await symlink('target', join(directory, 'link'));
  await writeOutputFile(join(directory, 'link'), Buffer.from('new'));
  assert.ok((await lstat(join(directory, 'link'))).isSymbolicLink());
  assert.equal(await readFile(join(directory, 'target'), 'utf8'), 'new');
});

test('a pipe stays a pipe, and brings what is written to its reader', { skip: !isPosix }, async (t) => {
  const pipe = join(await temporaryDirectory(t), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [read] = await Promise.all([readFile(pipe, 'utf8'), writeOutputFile(pipe, Buffer.from('page'))]);
  assert.equal(read, 'page');
  assert.ok((await lstat(pipe)).isFIFO());
});

test('a directory is an error that names it', async (t) => {
  const directory = await temporaryDirectory(t);
  await assert.rejects(writeOutputFile(directory, Buffer.from('page')), { code: 'io' });
});
