import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { acquireLock } from '../../src/platform/lock.ts';
import { startChild } from '../support/child.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const lockAndLeave = new URL('../state/processes/lock-and-leave.ts', import.meta.url);
const holdLock = new URL('../state/processes/hold-lock.ts', import.meta.url);

test('a lock is refused while it is held, in the same process too, and free once released', async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  const lock = await acquireLock(path);
  assert.ok(lock);
  assert.equal(await acquireLock(path), null);
  const other = await acquireLock(`${path}.other`);
  assert.ok(other);
  await lock.release();
  const again = await acquireLock(path);
  assert.ok(again);
  await Promise.all([again.release(), other.release()]);
});

test('of twenty processes that start at once exactly one gets the lock, and nobody waits to learn it', async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  const children = Array.from({ length: 20 }, () => startChild(t, holdLock, [path]));
  const answers = await Promise.all(children.map(async (child) => (await child.nextLine())?.split(' ')));
  assert.equal(answers.filter((answer) => answer?.[0] === 'held').length, 1);
  assert.equal(answers.filter((answer) => answer?.[0] === 'refused').length, 19);
  for (const child of children) child.finish();
  assert.deepEqual(
    new Set((await Promise.all(children.map((c) => c.ended))).map((end) => end.code)),
    new Set([0]),
  );
});

test('the lock of a killed process is free at once', async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  const child = startChild(t, holdLock, [path]);
  assert.match((await child.nextLine()) ?? '', /^held/);
  assert.equal(await acquireLock(path), null);
  child.kill();
  await child.ended;
  const lock = await acquireLock(path);
  assert.ok(lock);
  await lock.release();
});

test('who waits gets the lock when its holder leaves', async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  const lock = await acquireLock(path);
  const child = startChild(t, holdLock, [path, '60000']);
  const answer = child.nextLine();
  assert.equal(await Promise.race([answer, acquireLock(path, { waitMs: 300 })]), null);
  await lock?.release();
  assert.match((await answer) ?? '', /^held/);
  // Where the lock is a file, nobody can remove it before.
  child.finish();
  await child.ended;
});

test('waiting has a bound and can be aborted', async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  const lock = await acquireLock(path);
  const clock = fastClock();
  assert.equal(await acquireLock(path, { waitMs: 30_000, clock }), null);
  assert.equal(Math.round(clock.slept), 30_000);
  const abort = new AbortController();
  const waiting = acquireLock(path, { waitMs: 60_000, signal: abort.signal });
  abort.abort(new Error('interrupted'));
  await assert.rejects(waiting, /^Error: interrupted$/);
  await lock?.release();
});

test('a lock that is never released does not keep its process alive', async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  const child = startChild(t, lockAndLeave, [path]);
  assert.equal(await child.nextLine(), 'held');
  assert.equal((await child.ended).code, 0);
});
