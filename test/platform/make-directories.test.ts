import assert from 'node:assert/strict';
import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDirectories, makeDirectoriesSync } from '../../src/platform/make-directories.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ways = { makeDirectories, makeDirectoriesSync: async (path: string) => makeDirectoriesSync(path) };

test('makeDirectories tells which it made, the outermost first', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'a', 'b');
  assert.deepEqual(await makeDirectories(path), [join(directory, 'a'), path]);
  assert.deepEqual(await makeDirectories(path), []);
});

for (const [name, make] of Object.entries(ways)) {
  test(`${name} makes what is missing, and leaves what is there`, async (t) => {
    const path = join(await temporaryDirectory(t), 'a', 'b', 'c');
    await make(path);
    await make(path);
    assert.ok((await stat(path)).isDirectory());
  });

  test(`${name} takes a link to a directory for one`, async (t) => {
    const directory = await temporaryDirectory(t);
    await mkdir(join(directory, 'real'));
    await symlink(join(directory, 'real'), join(directory, 'link'), 'junction');
    await make(join(directory, 'link', 'a'));
    assert.ok((await stat(join(directory, 'real', 'a'))).isDirectory());
  });

  test(`${name} fails where a file is in the way`, async (t) => {
    const file = join(await temporaryDirectory(t), 'file');
    await writeFile(file, '');
    await assert.rejects(make(file), { code: 'EEXIST' });
    await assert.rejects(make(join(file, 'a')), { code: /^(ENOTDIR|ENOENT|EEXIST)$/ });
  });

  // The kernel makes no directories there, and says ENOENT, as an automount without its disk does.
  test(`${name} fails where nothing can be made`, { skip: process.platform !== 'linux' }, async () => {
    await assert.rejects(make('/proc/none'), { code: 'ENOENT' });
    await assert.rejects(make('/proc/none/below'), { code: 'ENOENT' });
  });
}
