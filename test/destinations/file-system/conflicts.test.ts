import assert from 'node:assert/strict';
import { mkdir, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FileSystemKindConfig } from '../../../src/config/configuration.ts';
import type { Delivery } from '../../../src/destinations/destination.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { archiveConfig, connectArchive, temporaryDirectory, visibleFiles } from '../../support/archive.ts';
import { makeFileDelivery, makeSessionDelivery } from '../../support/deliveries.ts';

interface Archive {
  readonly directory: string;
  deliver(...batch: Delivery[]): Promise<readonly string[]>;
  files(): Promise<readonly string[]>;
}

async function archive(context: TestContext, settings: Partial<FileSystemKindConfig> = {}): Promise<Archive> {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory, fileName: '%SESSION_TYPE%.%EXTENSION%', ...settings });
  return {
    directory,
    deliver: async (...batch) => statuses(await connectArchive(config).deliver(batch, calm)),
    files: () => visibleFiles(directory),
  };
}

test('append-number takes the smallest number that is free, before the last period', async (context) => {
  const { directory, deliver, files } = await archive(context);
  await writeFile(join(directory, 'support.xml'), 'not ours');
  await writeFile(join(directory, 'support.2.xml'), 'not ours');
  const sessions = await Promise.all(['a', 'b', 'c'].map((lsid) => makeSessionDelivery({ lsid })));

  assert.deepEqual(await deliver(...sessions), ['stored', 'stored', 'stored']);
  assert.deepEqual(await files(), [
    'support.1.xml',
    'support.2.xml',
    'support.3.xml',
    'support.4.xml',
    'support.xml',
  ]);
  assert.equal(await readFile(join(directory, 'support.xml'), 'utf8'), 'not ours');
  assert.match(await readFile(join(directory, 'support.1.xml'), 'utf8'), /lsid="a"/);
  assert.match(await readFile(join(directory, 'support.4.xml'), 'utf8'), /lsid="c"/);
});

test('runs that want one name at once get numbers of their own', async (context) => {
  const { deliver, files, directory } = await archive(context);
  const runs = ['a', 'b', 'c'].map(async (run) => {
    for (let index = 0; index < 10; index += 1) {
      assert.deepEqual(await deliver(await makeSessionDelivery({ lsid: `${run}${index}` })), ['stored']);
    }
  });
  await Promise.all(runs);

  const texts = await Promise.all((await files()).map((file) => readFile(join(directory, file), 'utf8')));
  assert.equal(new Set(texts).size, 30);
});

test('a crowd of one name is recognised whole, in whatever order it is offered again', async (context) => {
  const { deliver, files } = await archive(context);
  const sessions = await Promise.all(
    Array.from({ length: 40 }, (_, index) => makeSessionDelivery({ lsid: `s${index}` })),
  );
  await deliver(...sessions);

  assert.deepEqual(new Set(await deliver(...sessions.toReversed())), new Set(['unchanged']));
  assert.equal((await files()).length, 40);
});

test('a file of a crowd that is taken away while it is remembered is stored again', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory, fileName: '%SESSION_TYPE%.%EXTENSION%' });
  const destination = connectArchive(config);
  const sessions = await Promise.all(
    Array.from({ length: 6 }, (_, index) => makeSessionDelivery({ lsid: `s${index}` })),
  );
  await destination.deliver(sessions, calm);
  await destination.deliver(sessions, calm);
  await rm(join(directory, 'support.4.xml'));

  const outcomes = await destination.deliver(sessions, calm);
  assert.deepEqual(statuses(outcomes), [
    'unchanged',
    'unchanged',
    'unchanged',
    'unchanged',
    'stored',
    'unchanged',
  ]);
  assert.equal((await visibleFiles(directory)).length, 6);
});

test('a file of earlier times with the same content is taken for what it is', async (context) => {
  const { directory, deliver, files } = await archive(context, { fileName: '%LSID%.%EXTENSION%' });
  const session = await makeSessionDelivery({ lsid: 'a', signature: 'new' });
  const earlier = await makeSessionDelivery({ lsid: 'a', signature: 'old' });
  const reformatted = Buffer.from(earlier.document()).toString().replaceAll(/\t+</g, '<');
  await writeFile(join(directory, 'a.xml'), reformatted);

  assert.deepEqual(await deliver(session), ['unchanged']);
  assert.deepEqual(await files(), ['a.xml']);
  assert.equal(await readFile(join(directory, 'a.xml'), 'utf8'), reformatted, 'it is left as it is');
});

test('skip leaves whatever is there', async (context) => {
  const { directory, deliver, files } = await archive(context, {
    onConflict: 'skip',
    fileName: '%LSID%.%EXTENSION%',
  });
  await writeFile(join(directory, 'a.xml'), 'not ours');

  assert.deepEqual(await deliver(await makeSessionDelivery({ lsid: 'a' })), ['skipped']);
  assert.equal(await readFile(join(directory, 'a.xml'), 'utf8'), 'not ours');
  assert.deepEqual(await files(), ['a.xml']);
});

test('overwrite replaces, and of two in one batch the later one stays', async (context) => {
  const { directory, deliver, files } = await archive(context, { onConflict: 'overwrite' });
  await writeFile(join(directory, 'support.xml'), 'not ours');
  const batch = await Promise.all(['a', 'b'].map((lsid) => makeSessionDelivery({ lsid })));

  assert.deepEqual(await deliver(...batch), ['updated', 'updated']);
  assert.deepEqual(await files(), ['support.xml']);
  assert.match(await readFile(join(directory, 'support.xml'), 'utf8'), /lsid="b"/);
});

test('a directory of that name is in the way as a file would be', async (context) => {
  const { directory, deliver, files } = await archive(context, { fileName: '%LSID%.%EXTENSION%' });
  await mkdir(join(directory, 'a.xml'));

  assert.deepEqual(await deliver(await makeSessionDelivery({ lsid: 'a' })), ['stored']);
  assert.deepEqual(await files(), ['a.1.xml']);
});

test('a link that leads nowhere is not written through', {
  skip: process.platform === 'win32',
}, async (context) => {
  const { directory, deliver } = await archive(context, { fileName: '%LSID%.%EXTENSION%' });
  const outside = await temporaryDirectory(context);
  await symlink(join(outside, 'target.xml'), join(directory, 'a.xml'));

  assert.deepEqual(await deliver(await makeSessionDelivery({ lsid: 'a' })), ['stored']);
  assert.deepEqual(await visibleFiles(outside), []);
});

test('a file where a folder should be refuses that item alone', async (context) => {
  const { directory, deliver } = await archive(context, { fileName: '%EXTERNAL_KEY%/%LSID%.%EXTENSION%' });
  await writeFile(join(directory, 'INC-1'), 'a file');
  const blocked = await makeSessionDelivery({ lsid: 'a', externalKey: 'INC-1' });
  const free = await makeSessionDelivery({ lsid: 'b', externalKey: 'INC-2' });

  assert.deepEqual(await deliver(blocked, free), ['refused', 'stored']);
});

test('what is in the way of a rename refuses that item alone, and nothing of it stays', async (context) => {
  const { directory, deliver } = await archive(context, {
    fileName: '%LSID%.%EXTENSION%',
    onConflict: 'overwrite',
  });
  await mkdir(join(directory, 'a.xml'));
  const [blocked, free] = await Promise.all(['a', 'b'].map((lsid) => makeSessionDelivery({ lsid })));
  assert.ok(blocked && free);

  assert.deepEqual(await deliver(blocked, free), ['refused', 'stored']);
  assert.deepEqual(await readdir(join(directory, '.ic-staging')), []);
});

test('a file that another program has open refuses that item alone, until it is closed', {
  skip: process.platform !== 'win32' && 'elsewhere a file that is open can be replaced',
}, async (context) => {
  const { directory, deliver, files } = await archive(context, {
    fileName: '%LSID%.%EXTENSION%',
    onConflict: 'overwrite',
  });
  await writeFile(join(directory, 'a.xml'), 'not ours');
  const reader = await open(join(directory, 'a.xml'), 'r');
  const [held, free] = await Promise.all(['a', 'b'].map((lsid) => makeSessionDelivery({ lsid })));
  assert.ok(held && free);

  assert.deepEqual(await deliver(held, free), ['refused', 'stored']);
  await reader.close();
  assert.deepEqual(await deliver(held), ['updated']);
  assert.deepEqual(await files(), ['a.xml', 'b.xml']);
});

test('recordings of one length and different content are told apart', async (context) => {
  const { directory, deliver, files } = await archive(context, { fileName: '%LSID%.%EXTENSION%' });
  const kind = 'session-recordings';
  const one = await makeFileDelivery({ kind, lsid: 'a', content: 'content one' }, directory);
  const two = await makeFileDelivery({ kind, lsid: 'a', content: 'content two' }, directory);

  assert.deepEqual(await deliver(one, two), ['stored', 'stored']);
  assert.deepEqual(await files(), ['a.1.mp4', 'a.mp4'], 'the downloads were moved');
});

test('a download that nobody needs stays with its owner', async (context) => {
  const { directory, deliver } = await archive(context, { fileName: '%LSID%.%EXTENSION%' });
  const kind = 'session-recordings';
  await deliver(await makeFileDelivery({ kind, lsid: 'a', content: 'same' }, directory));
  const again = await makeFileDelivery({ kind, lsid: 'a', content: 'same' }, directory);

  assert.deepEqual(await deliver(again), ['unchanged']);
  assert.equal(await readFile(again.path, 'utf8'), 'same');
});

test('a download that was changed after it was complete is not stored', async (context) => {
  const { directory, deliver, files } = await archive(context, { fileName: '%LSID%.%EXTENSION%' });
  const file = await makeFileDelivery({ kind: 'session-recordings', lsid: 'a', content: 'whole' }, directory);
  await writeFile(file.path, 'wh');

  await assert.rejects(deliver(file), { code: 'io' });
  assert.equal((await files()).includes('a.mp4'), false);
});
