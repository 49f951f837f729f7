import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
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

test('a file keeps its mode', { skip: !isPosix }, async (t) => {
  const path = join(await temporaryDirectory(t), 'page.html');
  await writeOutputFile(path, Buffer.from('one'));
  assert.equal((await stat(path)).mode & 0o137, 0, 'at most 0640 at first');
  await chmod(path, 0o644);
  await writeOutputFile(path, Buffer.from('two'));
  assert.equal((await stat(path)).mode & 0o777, 0o644);
});

test('a link is refused, and what it leads to stays', { skip: !isPosix }, async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'target'), 'old');
  await symlink('target', join(directory, 'link'));
  await assert.rejects(writeOutputFile(join(directory, 'link'), Buffer.from('new')), {
    code: 'io',
    message: /it is a link, not a regular file/,
  });
  assert.equal(await readFile(join(directory, 'target'), 'utf8'), 'old');
  assert.deepEqual((await readdir(directory)).toSorted(), ['link', 'target']);
});

test('a pipe is refused at once', { skip: !isPosix }, async (t) => {
  const pipe = join(await temporaryDirectory(t), 'pipe');
  execFileSync('mkfifo', [pipe]);
  await assert.rejects(writeOutputFile(pipe, Buffer.from('page')), { message: /it is a pipe/ });
  assert.ok((await lstat(pipe)).isFIFO());
});

test('what the system has below /dev is written to', { skip: !isPosix }, async () => {
  await writeOutputFile('/dev/null', Buffer.from('page'));
  assert.ok((await lstat('/dev/null')).isCharacterDevice());
});

test('a directory is an error that names it', async (t) => {
  const directory = await temporaryDirectory(t);
  await assert.rejects(writeOutputFile(directory, Buffer.from('page')), { code: 'io' });
});
