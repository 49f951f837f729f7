import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { realPath } from '../../src/platform/real-path.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('a path without links is itself, also far down', async (t) => {
  // Longer than what a path may be for older functions of Windows.
  const names = Array.from({ length: 4 }, (_, level) => `${level}`.repeat(80));
  const deep = join(await temporaryDirectory(t), ...names);
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, 'file'), '');
  assert.equal(await realPath(join(deep, 'file')), join(deep, 'file'));
  await assert.rejects(realPath(join(deep, 'none')), { code: 'ENOENT' });
});

test('links are resolved', async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'real'));
  await writeFile(join(directory, 'real', 'file'), '');
  // On Windows a junction, which everybody may make.
  await symlink(join(directory, 'real'), join(directory, 'link'), 'junction');
  assert.equal(await realPath(join(directory, 'link', 'file')), join(directory, 'real', 'file'));
});
