import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { IcError } from '../../src/platform/errors.ts';
import { acquireLock } from '../../src/platform/lock.ts';
import { canonicalPath, stateLockName } from '../../src/state/lock.ts';
import type { State } from '../../src/state/state.ts';
import { openState } from '../../src/state/store.ts';
import { failingFileSystem } from '../support/failing-file-system.ts';
import { fastClock } from '../support/fast-clock.ts';
import { namesIn } from '../support/names-in.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { begin, time, watermark } from './samples.ts';

const watermarkOf = (state: State) => state.transfer('a')?.kinds.get('sessions')?.watermark;

async function reopen<T>(path: string, look: (state: State) => T): Promise<T> {
  const state = await openState(path);
  try {
    return look(state);
  } finally {
    state.close();
  }
}

/** A state at `time`, with a generation before it. */
async function sampleState(t: TestContext): Promise<string> {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await openState(path);
  await state.commit([begin('a'), watermark('a', time - 1)]);
  await state.commit([watermark('a', time)]);
  state.close();
  return path;
}

for (const code of ['ENOSPC', 'EIO', 'EPERM', 'EBUSY']) {
  for (const forEver of [false, true]) {
    test(`whichever file operation fails with ${code}, ${forEver ? 'for ever' : 'once'}, nothing is lost`, async (t) => {
      let failures = 0;
      for (let nth = 1; ; nth += 1) {
        const path = await sampleState(t);
        const fileSystem = failingFileSystem({ nth, code, forEver, platform: 'linux' });
        const committed = await commitThrough(path, fileSystem);
        if (fileSystem.failures === 0) break;
        failures += 1;
        await reopen(path, (state) => {
          assert.deepEqual(state.notices, [], `operation ${nth}`);
          const found = watermarkOf(state);
          if (committed) assert.equal(found, time + 1, `operation ${nth}`);
          else assert.ok(found === time || found === time + 1, `operation ${nth}: ${found}`);
        });
        const { commitMore } = await openAgain(path);
        await commitMore(time + 2);
        assert.equal(await reopen(path, watermarkOf), time + 2);
      }
      assert.ok(failures > 10, `${failures} operations failed`);
    });
  }
}

/** Opens and commits; whether the commit was acknowledged. What fails must say so in a person's words. */
async function commitThrough(
  path: string,
  fileSystem: ReturnType<typeof failingFileSystem>,
): Promise<boolean> {
  let state: State;
  try {
    state = await openState(path, { fileSystem });
  } catch (error) {
    return refused(error);
  }
  try {
    await state.commit([watermark('a', time + 1)]);
    return true;
  } catch (error) {
    assert.equal(watermarkOf(state), time, 'memory knows nothing that was not acknowledged');
    return refused(error);
  } finally {
    state.close();
  }
}

function refused(error: unknown): false {
  assert.ok(error instanceof IcError, String(error));
  assert.equal(error.code, 'io');
  assert.ok(error.hint);
  return false;
}

async function openAgain(path: string): Promise<{ commitMore(at: number): Promise<void> }> {
  const state = await openState(path);
  return {
    commitMore: async (at) => {
      await state.commit([watermark('a', at)]);
      state.close();
    },
  };
}

test('after a failed commit the same state goes on, and leaves no unfinished file', async (t) => {
  const path = await sampleState(t);
  const fileSystem = failingFileSystem({ nth: 1, code: 'ENOSPC', operations: ['write'] });
  const state = await openState(path, { fileSystem });
  await assert.rejects(state.commit([watermark('a', time + 1)]), { code: 'io', message: /no space left/ });
  await state.commit([watermark('a', time + 2)]);
  assert.equal(watermarkOf(state), time + 2);
  state.close();
  assert.equal(await reopen(path, watermarkOf), time + 2);
  assert.deepEqual(await namesIn(join(path, '..')), ['state.db', 'state.db.previous']);
});

test('the previous generation is kept on a file system without hard links', async (t) => {
  const path = await sampleState(t);
  const fileSystem = failingFileSystem({ nth: 1, code: 'EPERM', forEver: true, operations: ['link'] });
  const state = await openState(path, { fileSystem });
  await state.commit([watermark('a', time + 1)]);
  state.close();
  assert.equal(fileSystem.failures, 1);
  assert.equal(await reopen(path, watermarkOf), time + 1);
  assert.equal(await reopen(`${path}.previous`, watermarkOf), time);
});

test('a commit that another process keeps waiting gives up in the end', async (t) => {
  const path = await sampleState(t);
  const lock = await acquireLock(stateLockName(await canonicalPath(path)));
  const clock = fastClock();
  const state = await openState(path, { clock });
  await assert.rejects(state.commit([watermark('a', time + 1)]), { code: 'locked', exitCode: 75 });
  assert.equal(Math.round(clock.slept), 30_000);
  assert.equal(watermarkOf(state), time);
  await lock?.release();
  await state.commit([watermark('a', time + 1)]);
  state.close();
});

test('an old unfinished file beside the state is removed, a new one is not', async (t) => {
  const path = await sampleState(t);
  const directory = join(path, '..');
  await writeFile(join(directory, '.ic-tmp-of-a-killed-run'), 'x');
  const commitAt = async (hours: number, at: number) => {
    const state = await openState(path, { clock: fastClock(Date.now() + hours * 3_600_000) });
    await state.commit([watermark('a', at)]);
    state.close();
    return (await readdir(directory)).filter((name) => name.startsWith('.ic-tmp-')).length;
  };
  assert.equal(await commitAt(0, time + 1), 1);
  assert.equal(await commitAt(2, time + 2), 0);
});
