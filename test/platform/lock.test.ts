import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, link, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { IcError } from '../../src/platform/errors.ts';
import { acquireLock, isHeld } from '../../src/platform/lock.ts';
import { lockTakenAt, noteLockTaken } from '../../src/platform/lock-holder.ts';
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

test('an empty file that nobody else can open is all that a lock leaves', async (t) => {
  const directory = await temporaryDirectory(t);
  const lock = await acquireLock(join(directory, 'below', 'a.lock'));
  assert.ok(lock);
  assert.deepEqual(await readdir(join(directory, 'below')), ['a.lock']);
  const { size, mode } = await stat(join(directory, 'below', 'a.lock'));
  assert.equal(size, 0);
  if (process.platform !== 'win32') assert.equal(mode & 0o777, 0o600);
  await lock.release();
  assert.deepEqual(await readdir(join(directory, 'below')), ['a.lock']);
});

test('a lock file that others could open is closed to them', {
  skip: process.platform === 'win32',
}, async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  await writeFile(path, '');
  await chmod(path, 0o666);
  const lock = await acquireLock(path);
  assert.ok(lock);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal(await acquireLock(path), null);
  await lock.release();
});

for (const [what, plant] of [
  ['a link', (path: string) => writeFile(`${path}.target`, '').then(() => symlink(`${path}.target`, path))],
  ['a pipe', async (path: string) => void execFileSync('mkfifo', [path])],
  ['a directory', (path: string) => mkdir(path)],
  [
    'a second name of a file',
    (path: string) => writeFile(`${path}.2`, '').then(() => link(`${path}.2`, path)),
  ],
  ['a file with content', (path: string) => writeFile(path, 'evidence')],
] as const) {
  test(`${what} in the place of a lock is refused`, { skip: process.platform === 'win32' }, async (t) => {
    const path = join(await temporaryDirectory(t), 'a.lock');
    await plant(path);
    await assert.rejects(acquireLock(path), (error) => {
      assert.ok(error instanceof IcError);
      assert.equal(error.code, 'io');
      assert.ok(error.message.startsWith(`Cannot lock ${path}: it `), error.message);
      return true;
    });
  });
}

const onlyRoot =
  process.getuid?.() !== 0 || process.platform !== 'linux' ? 'only root of Linux can try' : false;

test('a lock holds across network namespaces', { skip: onlyRoot }, async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  const lock = await acquireLock(path);
  assert.ok(lock);
  const child = spawn('unshare', ['--net', process.execPath, holdLock.pathname, path]);
  const [answer] = await child.stdout.setEncoding('utf8').toArray();
  assert.match(String(answer), /^refused/);
  await lock.release();
});

test('who may not write to the directory can neither take a lock nor stand in its way', {
  skip: onlyRoot,
}, async (t) => {
  const directory = await temporaryDirectory(t);
  await chmod(directory, 0o755);
  const path = join(directory, 'a.lock');
  const lock = await acquireLock(path);
  await lock?.release();
  const nobody = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { open } from 'node:fs/promises'; await open(${JSON.stringify(path)}, 'r');`,
    ],
    { uid: 65_534, gid: 65_534, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  assert.match((await nobody.stderr.setEncoding('utf8').toArray()).join(''), /EACCES/);
  // The name of a socket is free to everybody: it must mean nothing.
  const server = createServer().listen(`\0ic-${createHash('sha256').update(path).digest('hex')}`);
  t.after(() => server.close());
  const again = await acquireLock(path);
  assert.ok(again);
  await again.release();
});

test('whether it is held is found out without taking it, and who holds it knows since when', async (t) => {
  const path = join(await temporaryDirectory(t), 'a.lock');
  assert.equal(isHeld(path), false, 'there is no file yet');
  const lock = await acquireLock(path);
  assert.equal(isHeld(path), true);
  const before = Math.floor(Date.now() / 1000);
  await noteLockTaken(path);
  assert.equal(isHeld(path), true, 'noting it does not free it');
  const taken = await lockTakenAt(path);
  assert.ok(taken !== null && taken.since >= before);
  if (process.platform === 'linux') assert.equal(taken.pid, process.pid);
  await lock?.release();
  assert.equal(isHeld(path), false);
  assert.equal(await lockTakenAt(path), null);
  const again = await acquireLock(path);
  assert.ok(again !== null, 'looking leaves nothing behind');
  await again.release();
});
