import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FileSystemKindConfig } from '../../../src/config/configuration.ts';
import type { Delivery, Destination } from '../../../src/destinations/destination.ts';
import { verifyArchive } from '../../../src/destinations/file-system/verify.ts';
import { type FileSystem, nodeFileSystem } from '../../../src/platform/file-system.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { archiveConfig, connectArchive, temporaryDirectory, visibleFiles } from '../../support/archive.ts';
import { makeFileDelivery, makeSessionDelivery } from '../../support/deliveries.ts';
import { watchedFiles } from '../../support/watched-files.ts';

interface Place {
  readonly directory: string;
  connect(fileSystem?: FileSystem): Destination;
  /** A run of its own that ends well. */
  deliver(...batch: Delivery[]): Promise<readonly string[]>;
  /** A run that ends when its files have their names and the manifest knows nothing of them. */
  breakOff(...batch: Delivery[]): Promise<void>;
  problems(): Promise<readonly string[]>;
}

async function place(context: TestContext, settings: Partial<FileSystemKindConfig> = {}): Promise<Place> {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory, fileName: '%LSID%.%EXTENSION%', ...settings });
  const connect = (fileSystem = nodeFileSystem) => connectArchive(config, { fileSystem });
  const full = () =>
    watchedFiles(({ name, path }) => {
      if (name === 'write' && /manifest-.*jsonl$/.test(path))
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
  return {
    directory,
    connect,
    deliver: (...batch) =>
      run(connect(), async (destination) => statuses(await destination.deliver(batch, calm))),
    breakOff: (...batch) =>
      run(connect(full()), (destination) => assert.rejects(destination.deliver(batch, calm), /no space/)),
    problems: async () => {
      const { problems } = verifyArchive(config, { signal: calm });
      return (await Array.fromAsync(problems)).map(({ kind, path }) => `${kind} ${path}`);
    },
  };
}

async function run<Result>(
  destination: Destination,
  use: (destination: Destination) => Promise<Result>,
): Promise<Result> {
  await destination.open(calm);
  try {
    return await use(destination);
  } finally {
    await destination.close();
  }
}

async function backup({ directory }: Place, content: string, downloadedAt: number): Promise<Delivery> {
  return makeFileDelivery({ kind: 'backups', content, extension: 'nsb', downloadedAt }, directory);
}

test('a session that was replaced and not recorded is adopted, however its links are signed next', async (context) => {
  const there = await place(context, { onConflict: 'overwrite' });
  await there.deliver(await makeSessionDelivery({ lsid: 'a', signature: 'first' }));
  await there.breakOff(await makeSessionDelivery({ lsid: 'a', chat: 'more', signature: 'second' }));
  const again = await makeSessionDelivery({ lsid: 'a', chat: 'more', signature: 'third' });
  assert.deepEqual(await there.deliver(again), ['unchanged']);
  assert.deepEqual(await there.problems(), []);
});

test('a session that got a name and was edited before the next run gets its line, under whatever name it stands', async (context) => {
  const there = await place(context, { fileName: '%EXTERNAL_KEY%.%EXTENSION%' });
  await there.breakOff(
    await makeSessionDelivery({ lsid: 'a', externalKey: 'x' }),
    await makeSessionDelivery({ lsid: 'b', externalKey: 'x' }),
  );
  assert.equal((await there.problems()).length, 2);
  assert.deepEqual(await there.deliver(await makeSessionDelivery({ lsid: 'a', externalKey: 'y' })), [
    'updated',
  ]);
  assert.deepEqual(await visibleFiles(there.directory), ['x.1.xml', 'x.xml', 'y.xml']);
  assert.deepEqual(await there.problems(), []);
});

test('a backup that got a name and no line is known to the next run, and removed in its turn', async (context) => {
  const there = await place(context, { fileName: '%DATE%-%TIME%.%EXTENSION%', retentionCount: 1 });
  const at = 1_795_341_600;
  await there.breakOff(await backup(there, 'first!', at));
  assert.deepEqual(await there.deliver(await backup(there, 'second', at + 60)), ['stored']);
  assert.equal((await visibleFiles(there.directory)).filter((name) => name.endsWith('.nsb')).length, 1);
  assert.deepEqual(
    (await there.problems()).filter((problem) => problem.endsWith('.nsb')),
    [],
  );
});

test('a recording that got a name and no line is held from the next run on', async (context) => {
  const there = await place(context);
  const file = { kind: 'session-recordings', lsid: 'r', instance: 0, content: 'video' } as const;
  await there.breakOff(await makeFileDelivery(file, await temporaryDirectory(context)));
  const held = await run(there.connect(), (destination) =>
    destination.held('session-recordings', [{ lsid: 'r', instance: 0 }], calm),
  );
  assert.ok(held[0]);
  assert.deepEqual(await there.problems(), []);
});

test('what a run that still lives has noted is left to it', async (context) => {
  const there = await place(context);
  const living = there.connect(
    watchedFiles(({ name, path }) => {
      if (name === 'write' && /manifest-.*jsonl$/.test(path)) throw new Error('not yet');
    }),
  );
  await living.open(calm);
  await assert.rejects(living.deliver([await makeSessionDelivery({ lsid: 'a' })], calm));
  await run(there.connect(), async () => {});
  assert.equal((await there.problems()).length, 1);
  await living.close();
  await run(there.connect(), async () => {});
  assert.deepEqual(await there.problems(), []);
});

test('what has its name when a batch is cut short is in the manifest at once', async (context) => {
  const there = await place(context);
  const controller = new AbortController();
  let links = 0;
  const destination = there.connect(
    watchedFiles(({ name }) => {
      if (name === 'link') links += 1;
      if (links === 3) controller.abort();
    }),
  );
  const sessions = Array.from({ length: 40 }, (_, index) => makeSessionDelivery({ lsid: `s${index}` }));
  await assert.rejects(destination.deliver(await Promise.all(sessions), controller.signal));
  const stored = (await visibleFiles(there.directory)).length;
  assert.ok(stored >= 2 && stored < 40, `${stored} of 40`);
  assert.deepEqual(await there.problems(), []);
  await destination.close();
});

test('a download whose place was taken by the same file meanwhile stays with whoever made it', async (context) => {
  const there = await place(context);
  const staging = await there.connect().stagingDirectory('session-recordings', calm);
  const delivery = await makeFileDelivery(
    { kind: 'session-recordings', lsid: 'r', instance: 0, content: 'video' },
    staging,
  );
  const destination = there.connect(
    watchedFiles(({ name, path }) => {
      if (name === 'link') copyFileSync(path, join(there.directory, 'r.mp4'));
    }),
  );
  assert.deepEqual(statuses(await destination.deliver([delivery], calm)), ['unchanged']);
  await access(delivery.path);
  assert.deepEqual(await there.problems(), []);
  await destination.close();
});

test('what a run writes while the archive is verified is no damage', async (context) => {
  const there = await place(context, { onConflict: 'overwrite' });
  await there.deliver(await makeSessionDelivery({ lsid: 'a' }));
  const config = archiveConfig(there.directory, { directory: there.directory });
  let isWritten = false;
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    open: async (path, flags, mode) => {
      if (path.endsWith('a.xml') && !isWritten) {
        isWritten = true;
        await there.deliver(await makeSessionDelivery({ lsid: 'a', chat: 'more' }));
      }
      return nodeFileSystem.open(path, flags, mode);
    },
  };
  const { problems } = verifyArchive(config, { signal: calm, fileSystem });
  assert.deepEqual(await Array.fromAsync(problems), []);
  assert.ok(isWritten);
});

test('a note of the end that a power cut tore is noticed and written anew, also when nothing is new', async (context) => {
  const there = await place(context);
  const head = join(there.directory, 'ic-manifest', '.head.json');
  await there.deliver(await makeSessionDelivery({ lsid: 'a' }));
  const older = await readFile(head);
  await there.deliver(await makeSessionDelivery({ lsid: 'b' }));
  const newer = await readFile(head);
  const seq = newer.indexOf('"seq":') + '"seq":'.length + 1;
  for (let torn = seq; torn < newer.indexOf('"claims"'); torn += 16) {
    await writeFile(head, Buffer.concat([newer.subarray(0, torn), older.subarray(torn)]));
    await run(there.connect(), async () => {});
    assert.deepEqual(await there.problems(), [], `torn after ${torn} bytes`);
    assert.deepEqual(await readFile(head), newer);
  }
  await writeFile(head, Buffer.concat([newer.subarray(0, seq), older.subarray(seq)]));
  await there.deliver(await makeSessionDelivery({ lsid: 'c' }));
  assert.deepEqual(await there.problems(), []);
});
