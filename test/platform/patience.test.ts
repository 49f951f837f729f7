import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeFileSystem } from '../../src/platform/file-system.ts';
import { patiently } from '../../src/platform/patience.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('what passes is waited for, some seconds, and what does not is told at once', async () => {
  const clock = fastClock();
  const failing = (times: number) => async () => {
    times -= 1;
    if (times >= 0) throw new Error('held');
    return 'done';
  };
  assert.equal(await patiently(failing(5), () => true, clock), 'done');
  assert.equal(clock.slept, 10 + 20 + 40 + 80 + 160);
  await assert.rejects(
    patiently(failing(Number.POSITIVE_INFINITY), () => true, clock),
    /held/,
  );
  assert.ok(clock.slept <= 310 + 10_000, `${clock.slept} ms`);
  const before = clock.slept;
  await assert.rejects(
    patiently(failing(1), () => false, clock),
    /held/,
  );
  assert.equal(clock.slept, before);
});

/** libuv's UV_FS_O_EXLOCK on Windows: nobody else may open it. */
const forOneAlone = 0x10000000;

test('a file that another program holds for itself alone is opened when it lets go', {
  skip: process.platform !== 'win32' && 'only Windows opens a file for one alone',
}, async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  await writeFile(path, 'x');
  const holder = await open(path, constants.O_RDWR | forOneAlone);
  const opening = nodeFileSystem.open(path, 'r');
  await assert.rejects(open(path, 'r'), { code: 'EBUSY' });
  await holder.close();
  await (await opening).close();
});
