import assert from 'node:assert/strict';
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import type { FileSystemKindConfig } from '../../../src/config/configuration.ts';
import type { Delivery, Destination } from '../../../src/destinations/destination.ts';
import { Manifest } from '../../../src/destinations/file-system/manifest.ts';
import type { FileEntry } from '../../../src/destinations/file-system/manifest-line.ts';
import { verifyArchive } from '../../../src/destinations/file-system/verify.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { nodeFileSystem } from '../../../src/platform/file-system.ts';
import { calm, statuses } from '../../conformance/support.ts';
import {
  archiveConfig,
  connectArchive,
  manifestLines,
  temporaryDirectory,
  visibleFiles,
} from '../../support/archive.ts';
import { makeFileDelivery, makeSessionDelivery } from '../../support/deliveries.ts';

const before = '%LSID%.%EXTENSION%';
const now = 'by-date/%START_DATE%/%LSID%.%EXTENSION%';

class Archive {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  async with<Result>(
    settings: Partial<FileSystemKindConfig>,
    use: (destination: Destination) => Promise<Result>,
    site = 'hq',
  ): Promise<Result> {
    const config = archiveConfig(this.directory, {
      directory: this.directory,
      fileName: before,
      ...settings,
    });
    const destination = connectArchive(config, { site });
    await destination.open(calm);
    try {
      return await use(destination);
    } finally {
      await destination.close();
    }
  }

  deliver(settings: Partial<FileSystemKindConfig>, ...batch: Delivery[]): Promise<readonly string[]> {
    return this.with(settings, async (destination) => statuses(await destination.deliver(batch, calm)));
  }

  files(): Promise<readonly string[]> {
    return visibleFiles(this.directory);
  }

  async text(path: string): Promise<string> {
    return readFile(join(this.directory, path), 'utf8');
  }

  async assertInOrder(): Promise<void> {
    const config = archiveConfig(this.directory, { directory: this.directory });
    assert.deepEqual(await Array.fromAsync(verifyArchive(config, { signal: calm }).problems), []);
  }

  /** The path of the last line about a session. */
  async lastWord(lsid: string): Promise<unknown> {
    return (await manifestLines(this.directory)).findLast((line) => line.lsid === lsid)?.path;
  }
}

async function archive(context: TestContext): Promise<Archive> {
  return new Archive(await temporaryDirectory(context));
}

test('a session that is held under a name of another format stays there, and is not stored twice', async (context) => {
  const there = await archive(context);
  await there.deliver({}, await makeSessionDelivery({ lsid: 'a' }));
  for (const onConflict of ['append-number', 'overwrite', 'skip'] as const) {
    const again = await makeSessionDelivery({ lsid: 'a', signature: onConflict });
    assert.deepEqual(await there.deliver({ fileName: now, onConflict }, again), ['unchanged']);
  }
  assert.deepEqual(await there.files(), ['a.xml']);
  await there.assertInOrder();
});

test('a session that has changed gets a name of the present format, and the older content stays', async (context) => {
  const there = await archive(context);
  await there.deliver({}, await makeSessionDelivery({ lsid: 'a' }));
  const changed = await makeSessionDelivery({ lsid: 'a', chat: 'more' });
  assert.deepEqual(await there.deliver({ fileName: now, onConflict: 'skip' }, changed), ['skipped']);
  assert.deepEqual(await there.deliver({ fileName: now }, changed), ['updated']);
  assert.deepEqual(await there.deliver({ fileName: before }, changed), ['unchanged']);
  assert.deepEqual(await there.files(), ['a.xml', 'by-date/2026-11-22/a.xml']);
  await there.assertInOrder();
});

test('a file that is gone is stored again, under a name of the present format', async (context) => {
  const there = await archive(context);
  await there.deliver({}, await makeSessionDelivery({ lsid: 'a' }));
  await rm(join(there.directory, 'a.xml'));
  const again = await makeSessionDelivery({ lsid: 'a' });
  assert.deepEqual(await there.deliver({ fileName: now, onConflict: 'skip' }, again), ['stored']);
  assert.deepEqual(await there.files(), ['by-date/2026-11-22/a.xml']);
});

test('after append-number, overwrite replaces the newest content and no other', async (context) => {
  const there = await archive(context);
  for (const chat of ['one', 'two']) await there.deliver({}, await makeSessionDelivery({ lsid: 'a', chat }));
  const overwrite = { onConflict: 'overwrite' } as const;
  const offer = async (chat: string) =>
    there.deliver(overwrite, await makeSessionDelivery({ lsid: 'a', chat }));
  assert.deepEqual(await offer('two'), ['unchanged']);
  assert.deepEqual(await offer('three'), ['updated']);
  assert.deepEqual(await there.files(), ['a.1.xml', 'a.xml']);
  assert.match(await there.text('a.xml'), /one/);
  assert.match(await there.text('a.1.xml'), /three/);
  await there.assertInOrder();
});

for (const onConflict of ['append-number', 'overwrite'] as const) {
  test(`with ${onConflict}, a session that is as it was once has the manifest's last word on a file that says so`, async (context) => {
    const there = await archive(context);
    for (const chat of ['A', 'B']) await there.deliver({}, await makeSessionDelivery({ lsid: 'a', chat }));
    const again = await makeSessionDelivery({ lsid: 'a', chat: 'A' });
    assert.deepEqual(await there.deliver({ onConflict }, again), ['unchanged']);
    assert.equal(await there.lastWord('a'), 'a.xml');
    const lines = (await manifestLines(there.directory)).length;
    assert.deepEqual(await there.deliver({ onConflict }, again), ['unchanged']);
    assert.equal((await manifestLines(there.directory)).length, lines, 'it is said once');
    assert.deepEqual(await there.deliver({}, await makeSessionDelivery({ lsid: 'a', chat: 'B' })), [
      'unchanged',
    ]);
    assert.equal(await there.lastWord('a'), 'a.1.xml');
    await there.assertInOrder();
  });
}

test('contents of one session that come in one batch under names of their own are one after another', async (context) => {
  const there = await archive(context);
  const batch = await Promise.all([
    makeSessionDelivery({ lsid: 'a', externalKey: 'x' }),
    makeSessionDelivery({ lsid: 'a', externalKey: 'y' }),
    makeSessionDelivery({ lsid: 'a', externalKey: 'x' }),
  ]);
  const fileName = '%EXTERNAL_KEY%-%LSID%.%EXTENSION%';
  assert.deepEqual(await there.deliver({ fileName }, ...batch), ['stored', 'updated', 'unchanged']);
  assert.equal(await there.lastWord('a'), 'x-a.xml');
  await there.assertInOrder();
});

test('two sessions of one batch whose names differ in case only both get a name', async (context) => {
  const there = await archive(context);
  const batch = await Promise.all(['Abc', 'aBC', 'ABC'].map((lsid) => makeSessionDelivery({ lsid })));
  assert.deepEqual(await there.deliver({}, ...batch), ['stored', 'stored', 'stored']);
  assert.equal((await there.files()).length, 3);
  await there.assertInOrder();
});

test('a recording is held whatever its name and its bytes, as long as its file is there', async (context) => {
  const there = await archive(context);
  const held = (settings: Partial<FileSystemKindConfig>, site = 'hq') =>
    there.with(
      settings,
      async (destination) =>
        destination.held(
          'session-recordings',
          ['a', 'b'].map((lsid) => ({ lsid, instance: 0 })),
          calm,
        ),
      site,
    );
  assert.deepEqual(await held({}), [null, null]);
  await there.with({}, async (destination) => {
    const staging = await destination.stagingDirectory('session-recordings', calm);
    const file = { kind: 'session-recordings', lsid: 'b', instance: 0, content: 'video' } as const;
    await destination.deliver([await makeFileDelivery(file, staging)], calm);
  });
  assert.deepEqual((await held({ fileName: now })).map(Boolean), [false, true]);
  assert.deepEqual((await held({}, 'other')).map(Boolean), [false, false]);
  await there.with({}, (destination) =>
    destination.rename(
      { transfer: { from: 'hq-to-archive', to: 'hq-to-archive' }, site: { from: 'hq', to: 'head-office' } },
      calm,
    ),
  );
  assert.deepEqual(
    (await held({}, 'head-office')).map(Boolean),
    [false, true],
    'the site has another name now',
  );
  assert.deepEqual(
    (await held({}, 'hq')).map(Boolean),
    [false, false],
    'and another site may bear the old one',
  );
  await writeFile(join(there.directory, 'b.mp4'), 'vid');
  assert.deepEqual(await held({}, 'head-office'), [null, null]);
});

describe('the index of a large archive', () => {
  const count = 9_000;
  const entry = (number: number): FileEntry => ({
    type: 'stored',
    at: '2026-11-22T10:00:00.000Z',
    transfer: 'hq-to-archive',
    site: 'hq',
    host: 'support.example.com',
    kind: 'sessions',
    lsid: `s${number}`,
    instance: null,
    path: `${number}.xml`,
    bytes: 1,
    sha256: '0'.repeat(64),
    content_hash: 'c'.repeat(64),
    start: null,
    end: null,
    downloaded: null,
    lseq: null,
    session_type: null,
    external_key: null,
  });
  const wanted = [0, 17, count - 1].map(
    (number) => ({ site: 'hq', kind: 'sessions', lsid: `s${number}`, instance: null }) as const,
  );
  const open = (root: string) => new Manifest(root, { clock: systemClock, fileSystem: nodeFileSystem });
  const index = (root: string) => join(root, 'ic-manifest', '.items.db');

  async function large(context: TestContext): Promise<string> {
    const root = await temporaryDirectory(context);
    const manifest = open(root);
    await manifest.append(Array.from({ length: count }, (_, number) => entry(number)));
    await lookUp(manifest);
    manifest.close();
    assert.ok((await stat(index(root))).size > 0);
    return root;
  }

  async function lookUp(manifest: Manifest): Promise<void> {
    const found = await manifest.filesOf([
      ...wanted,
      { site: 'hq', kind: 'sessions', lsid: 'x', instance: null },
    ]);
    assert.deepEqual(
      found.map((files) => files.map(({ path }) => path)),
      [['0.xml'], ['17.xml'], [`${count - 1}.xml`], []],
    );
    assert.equal((await manifest.lastAbout('17.xml'))?.lsid, 's17');
    assert.equal(await manifest.lastAbout('none.xml'), null);
  }

  async function answers(root: string, { mayWrite = true } = {}): Promise<void> {
    const manifest = open(root);
    if (mayWrite) manifest.keepIndex();
    await lookUp(manifest);
    manifest.close();
  }

  test('answers from what it kept, and from the lines that came since', async (context) => {
    const root = await large(context);
    const [writer, reader] = [open(root), open(root)];
    await lookUp(reader);
    await writer.append([
      { type: 'removed', at: '2026-11-23T10:00:00.000Z', site: 'hq', kind: 'sessions', path: '17.xml' },
      { ...entry(0), type: 'updated', path: '0.1.xml' },
    ]);
    const [first, second] = await reader.filesOf(wanted);
    assert.deepEqual([first?.map(({ path }) => path), second], [['0.1.xml', '0.xml'], []]);
    assert.equal(await reader.lastAbout('17.xml'), null);
    for (const manifest of [writer, reader]) manifest.close();
  });

  test('is made anew when it is missing, damaged, of another version or about another manifest', async (context) => {
    const root = await large(context);
    const size = (await stat(index(root))).size;
    await rm(index(root));
    await answers(root);
    await writeFile(index(root), 'no database at all'.repeat(500));
    await answers(root);
    const bytes = await readFile(index(root));
    bytes.fill(0xa5, 4096, 3 * 4096);
    await writeFile(index(root), bytes);
    await answers(root);
    const database = new DatabaseSync(index(root));
    database.exec('DELETE FROM line; PRAGMA user_version = 99');
    database.close();
    await answers(root);
    const other = await temporaryDirectory(context);
    const manifest = open(other);
    await manifest.append(
      Array.from({ length: count }, (_, number) => ({ ...entry(number), path: `other-${number}.xml` })),
    );
    manifest.keepIndex();
    await manifest.filesOf(wanted);
    manifest.close();
    await cp(index(other), index(root));
    await answers(root);
    assert.ok((await stat(index(root))).size >= size / 2, 'it is there again');
  });

  test('is done without where nothing may be written', async (context) => {
    const root = await large(context);
    await rm(index(root));
    await answers(root, { mayWrite: false });
    await assert.rejects(stat(index(root)), { code: 'ENOENT' });
    await writeFile(index(root), 'no database at all'.repeat(500));
    await answers(root, { mayWrite: false });
    assert.match(await readFile(index(root), 'utf8'), /^no database/);
  });

  test('makes nothing up when the manifest has lost lines', async (context) => {
    const root = await large(context);
    const [file = ''] = (await manifestFiles(root)).toReversed();
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.slice(0, text.indexOf('\n', text.length / 2) + 1));
    const manifest = open(root);
    manifest.keepIndex();
    const [first, , last] = await manifest.filesOf(wanted);
    assert.deepEqual([first?.length, last?.length], [1, 0]);
    manifest.close();
  });
});

async function manifestFiles(root: string): Promise<readonly string[]> {
  const folder = join(root, 'ic-manifest');
  return (await readdir(folder))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(folder, name))
    .sort();
}
