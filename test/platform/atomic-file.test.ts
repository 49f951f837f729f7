import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  linkExclusively,
  renameDurably,
  syncDirectory,
  writeFileAtomically,
} from '../../src/platform/atomic-file.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { IcError } from '../../src/platform/errors.ts';
import { removeStaleTemporaries, temporaryName, temporaryPrefix } from '../../src/platform/temporary-file.ts';
import { type FileFault, failingFileSystem } from '../support/failing-file-system.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const text = (path: string) => readFile(path, 'utf8');
const bytes = (content: string) => Buffer.from(content);

async function* stream(...chunks: readonly string[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield bytes(chunk);
}

test('a file is written whole, from bytes or from a stream, and replaces what was there', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'a.xml');
  await writeFileAtomically(path, bytes('first'));
  assert.equal(await text(path), 'first');
  await writeFileAtomically(path, stream('sec', '', 'ond'));
  assert.equal(await text(path), 'second');
  assert.deepEqual(await readdir(directory), ['a.xml']);
});

test('content is synced before the rename, the directory after it', async (t) => {
  const directory = await temporaryDirectory(t);
  const fileSystem = failingFileSystem({ nth: 0, code: 'EIO', platform: 'linux' });
  await writeFileAtomically(join(directory, 'a'), bytes('x'), { fileSystem });
  const operations = fileSystem.asked.map((line) => line.split(' ')[0]);
  assert.deepEqual(operations, ['open', 'write', 'sync', 'close', 'rename', 'open', 'sync', 'close']);
  assert.equal(fileSystem.asked[5], `open ${directory}`);
});

for (const code of ['ENOSPC', 'EIO', 'EBUSY', 'EROFS']) {
  test(`whichever operation fails with ${code}, the old file stays or the new one is there, whole`, async (t) => {
    const directory = await temporaryDirectory(t);
    const path = join(directory, 'a');
    for (let nth = 1; ; nth += 1) {
      await writeFile(path, 'old');
      const fileSystem = failingFileSystem({ nth, code, platform: 'linux' });
      const error = await writeFileAtomically(path, bytes('new'), { fileSystem }).catch((thrown) => thrown);
      if (fileSystem.failures === 0) break;
      assert.ok(error instanceof IcError, String(error));
      assert.equal(error.code, 'io');
      assert.ok(error.message.includes(path) || error.message.includes(directory), error.message);
      assert.ok(error.hint);
      assert.match(await text(path), nth <= 5 ? /^old$/ : /^new$/);
      assert.deepEqual(await readdir(directory), ['a']);
    }
  });
}

test('on a full disk the old file stays, and the message says what to do', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'a');
  await writeFile(path, 'old');
  const fileSystem = failingFileSystem({ nth: 1, code: 'ENOSPC', operations: ['write'] });
  await assert.rejects(writeFileAtomically(path, bytes('new'), { fileSystem }), (error: IcError) => {
    assert.equal(error.exitCode, 74);
    assert.equal(error.message, `Cannot write ${path}: no space left on the disk that holds it (ENOSPC).`);
    assert.equal(error.hint, `Free space on the disk that holds ${directory} and run again.`);
    return true;
  });
  assert.equal(await text(path), 'old');
  assert.deepEqual(await readdir(directory), ['a']);
});

test('what the content throws is passed on as it is, and leaves nothing behind', async (t) => {
  const directory = await temporaryDirectory(t);
  const cut = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
  async function* failing() {
    yield bytes('half');
    throw cut;
  }
  await assert.rejects(writeFileAtomically(join(directory, 'a'), failing()), (error) => error === cut);
  assert.deepEqual(await readdir(directory), []);
});

test('an abort ends the writing with its reason, and leaves nothing behind', async (t) => {
  const directory = await temporaryDirectory(t);
  const abort = new AbortController();
  async function* aborting() {
    yield bytes('half');
    abort.abort(new Error('interrupted'));
    yield bytes('rest');
  }
  const writing = writeFileAtomically(join(directory, 'a'), aborting(), { signal: abort.signal });
  await assert.rejects(writing, /^Error: interrupted$/);
  assert.deepEqual(await readdir(directory), []);
});

test('a directory that is missing is named', async (t) => {
  const path = join(await temporaryDirectory(t), 'missing', 'a');
  await assert.rejects(writeFileAtomically(path, bytes('x')), {
    code: 'io',
    message: /missing.a: there is no such/,
  });
});

test('on Windows a rename waits for a scanner to let go', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const code of ['EPERM', 'EBUSY', 'EACCES']) {
    const fileSystem = failingFileSystem({ nth: 1, code, operations: ['rename'], platform: 'win32' });
    await writeFileAtomically(join(directory, code), bytes('x'), { fileSystem, clock: fastClock() });
    assert.equal(fileSystem.failures, 1);
    assert.equal(await text(join(directory, code)), 'x');
  }
});

test('on Windows a rename that is never let through is an error in the end', async (t) => {
  const directory = await temporaryDirectory(t);
  const fault: FileFault = {
    nth: 1,
    code: 'EBUSY',
    forEver: true,
    operations: ['rename'],
    platform: 'win32',
  };
  const clock = fastClock();
  const writing = writeFileAtomically(join(directory, 'a'), bytes('x'), {
    fileSystem: failingFileSystem(fault),
    clock,
  });
  await assert.rejects(writing, { code: 'io', message: /another program holds it/ });
  assert.ok(clock.slept > 5_000 && clock.slept <= 10_000, `${clock.slept} ms`);
  assert.deepEqual(await readdir(directory), []);
});

test('on Windows a directory in the way is told as one, and at once', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'a');
  await mkdir(path);
  for (const code of ['EPERM', 'EACCES']) {
    const refusal: FileFault = { nth: 1, code, forEver: true, operations: ['rename'], platform: 'win32' };
    const options = { fileSystem: failingFileSystem(refusal), clock: fastClock() };
    await assert.rejects(writeFileAtomically(path, bytes('x'), options), {
      code: 'io',
      message: `Cannot write ${path}: there is a directory of that name (EISDIR).`,
    });
    assert.equal(options.clock.slept, 0);
  }
  assert.deepEqual(await readdir(directory), ['a']);
});

test('on Windows a file that is open elsewhere is told from one that may not be replaced', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'a');
  await writeFile(path, 'old');
  for (const [operations, told] of [
    [['rename'], /another program holds it \(EBUSY\)/],
    [['rename', 'open'], /the system does not permit it \(EPERM\)/],
  ] as const) {
    const refusal: FileFault = { nth: 1, code: 'EPERM', forEver: true, operations, platform: 'win32' };
    const fileSystem = failingFileSystem(refusal);
    const staged = join(directory, 'staged');
    await writeFile(staged, 'new');
    await assert.rejects(renameDurably(staged, path, { fileSystem, clock: fastClock() }), { message: told });
  }
  assert.equal(await text(path), 'old');
});

test('elsewhere a refused rename is an error at once', async (t) => {
  const directory = await temporaryDirectory(t);
  const fileSystem = failingFileSystem({ nth: 1, code: 'EPERM', operations: ['rename'], platform: 'linux' });
  const clock = fastClock();
  await assert.rejects(writeFileAtomically(join(directory, 'a'), bytes('x'), { fileSystem, clock }), {
    code: 'io',
  });
  assert.equal(clock.slept, 0);
});

test('an exclusive move does not overwrite', async (t) => {
  const directory = await temporaryDirectory(t);
  const [first, second, final] = ['1', '2', 'final'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(first, 'first');
  await writeFile(second, 'second');
  assert.equal(await linkExclusively(first, final), true);
  assert.equal(await linkExclusively(second, final), false);
  assert.equal(await text(final), 'first');
  assert.deepEqual(await readdir(directory), ['2', 'final']);
});

test('of many who move to one name at once, one succeeds', async (t) => {
  const directory = await temporaryDirectory(t);
  const names = Array.from({ length: 20 }, (_, index) => join(directory, `${index}`));
  await Promise.all(names.map((name) => writeFile(name, name)));
  const moved = await Promise.all(names.map((name) => linkExclusively(name, join(directory, 'final'))));
  assert.equal(moved.filter(Boolean).length, 1);
  assert.equal(await text(join(directory, 'final')), names[moved.indexOf(true)]);
});

for (const code of ['EPERM', 'ENOTSUP', 'ENOSYS']) {
  test(`an exclusive move works on a file system that answers links with ${code}`, async (t) => {
    const directory = await temporaryDirectory(t);
    const fileSystem = failingFileSystem({ nth: 1, code, forEver: true, operations: ['link'] });
    const [from, to] = [join(directory, 'from'), join(directory, 'to')];
    await writeFile(from, 'x');
    assert.equal(await linkExclusively(from, to, { fileSystem }), true);
    assert.deepEqual(await readdir(directory), ['to']);
    await writeFile(from, 'y');
    assert.equal(await linkExclusively(from, to, { fileSystem }), false);
    assert.equal(await text(to), 'x');
  });
}

test('a directory that cannot be synced is left to its system, a broken disk is not', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const code of ['EINVAL', 'ENOTSUP', 'EPERM']) {
    await syncDirectory(directory, { fileSystem: failingFileSystem({ nth: 1, code, operations: ['sync'] }) });
  }
  const fileSystem = failingFileSystem({ nth: 1, code: 'EIO', operations: ['sync'], platform: 'linux' });
  await assert.rejects(syncDirectory(directory, { fileSystem }), { code: 'io' });
});

test('a rename into place is durable by itself', async (t) => {
  const directory = await temporaryDirectory(t);
  const from = temporaryName(directory);
  await writeFile(from, 'x');
  const fileSystem = failingFileSystem({ nth: 0, code: 'EIO', platform: 'linux' });
  await renameDurably(from, join(directory, 'a'), { fileSystem });
  assert.deepEqual(fileSystem.asked, [
    `rename ${from}`,
    ...['open', 'sync', 'close'].map((o) => `${o} ${directory}`),
  ]);
});

test('what killed runs left is removed once it is old; a run in progress keeps its own, and others theirs', async (t) => {
  const directory = await temporaryDirectory(t);
  const hourAgo = new Date(systemClock.now() - 3_600_000);
  const [old, recent, foreign] = [
    temporaryName(directory),
    temporaryName(directory),
    join(directory, 'foreign.tmp'),
  ];
  for (const path of [old, recent, foreign]) await writeFile(path, 'x');
  await mkdir(join(directory, `${temporaryPrefix}directory`));
  for (const path of [old, foreign]) await utimes(path, hourAgo, hourAgo);
  assert.equal(await removeStaleTemporaries(directory, 1_800_000), 1);
  const left = (await readdir(directory)).map((name) => join(directory, name));
  assert.ok(!left.includes(old) && left.includes(recent) && left.includes(foreign));
  assert.equal(await removeStaleTemporaries(join(directory, 'missing'), 0), 0);
});
