import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Manifest } from '../../../src/destinations/file-system/manifest.ts';
import type { WatermarkEntry } from '../../../src/destinations/file-system/manifest-line.ts';
import { verifyArchive } from '../../../src/destinations/file-system/verify.ts';
import { nodeFileSystem } from '../../../src/platform/file-system.ts';
import { calm, statuses } from '../../conformance/support.ts';
import {
  archiveConfig,
  connectArchive,
  manifestLines,
  shiftedClock,
  temporaryDirectory,
  visibleFiles,
} from '../../support/archive.ts';
import { claimUntil, makeFileDelivery, makeSessionDelivery, sampleTime } from '../../support/deliveries.ts';

const day = 86_400;

function entry(transfer: string): WatermarkEntry {
  return {
    type: 'watermark',
    at: '2026-11-22T10:00:00.000Z',
    transfer,
    site: 'hq',
    kind: 'sessions',
    watermark: '2026-11-22T09:00:00Z',
  };
}

async function problemsOf(root: string): Promise<readonly string[]> {
  const config = archiveConfig(root, { directory: root });
  const problems = await Array.fromAsync(verifyArchive(config, { signal: calm }).problems);
  return problems.map(({ kind, message }) => `${kind}: ${message}`);
}

test('each delivered file has a line that says what it is, tied to the line before', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory, fileName: '%START_DATE%/%LSID%.%EXTENSION%' });
  const destination = connectArchive(config);
  const session = await makeSessionDelivery({ lsid: 'a1', externalKey: 'INC-7' });
  await destination.deliver([session], calm);
  const staging = await destination.stagingDirectory('session-recordings', calm);
  const recording = await makeFileDelivery(
    { kind: 'session-recordings', lsid: 'a1', content: 'video' },
    staging,
  );
  await destination.deliver([recording], calm);

  const [first, second] = await manifestLines(directory);
  const document = session.document();
  const { at, previous, ...rest } = first ?? {};
  assert.match(String(at), /^\d{4}-\d\d-\d\dT/);
  assert.equal(previous, '0'.repeat(64));
  assert.deepEqual(rest, {
    seq: 1,
    type: 'stored',
    transfer: 'hq-to-archive',
    site: 'hq',
    host: 'support.example.com',
    kind: 'sessions',
    lsid: 'a1',
    instance: null,
    path: '2026-11-22/a1.xml',
    bytes: document.length,
    sha256: createHash('sha256').update(document).digest('hex'),
    content_hash: session.contentHash,
    start: '2026-11-22T10:00:00Z',
    end: '2026-11-22T10:10:00Z',
    downloaded: null,
    lseq: '4711',
    session_type: 'support',
    external_key: 'INC-7',
  });
  assert.equal(second?.downloaded, '2026-11-22T11:00:00Z');
  assert.equal(second?.path, '2026-11-22/a1.mp4');
  assert.equal(second?.previous, createHash('sha256').update(JSON.stringify(first)).digest('hex'));
});

test('months have files of their own, and one chain', async (context) => {
  const root = await temporaryDirectory(context);
  const clock = { ...shiftedClock(), now: () => Date.UTC(2026, 10, 30, 23, 59) };
  const manifest = new Manifest(root, { clock, fileSystem: nodeFileSystem });
  await manifest.append([entry('a')]);
  clock.now = () => Date.UTC(2026, 11, 1);
  await manifest.append([entry('b')]);
  clock.now = () => Date.UTC(2026, 9, 1);
  await manifest.append([entry('c')]);

  const files = (await readdir(join(root, 'ic-manifest'))).filter((name) => name.endsWith('.jsonl'));
  assert.deepEqual(files.sort(), ['manifest-2026-11.jsonl', 'manifest-2026-12.jsonl']);
  assert.deepEqual(
    (await manifestLines(root)).map((line) => line.transfer),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(await problemsOf(root), []);
  assert.deepEqual(
    (await Array.fromAsync(manifest.backwards())).map((line) => line.seq),
    [3, 2, 1],
  );
});

test('many writers at once make one chain', async (context) => {
  const root = await temporaryDirectory(context);
  const writers = Array.from(
    { length: 8 },
    () => new Manifest(root, { clock: shiftedClock(), fileSystem: nodeFileSystem }),
  );
  await Promise.all(
    writers.flatMap((manifest, index) => [1, 2, 3].map((n) => manifest.append([entry(`${index}.${n}`)]))),
  );

  const lines = await manifestLines(root);
  assert.deepEqual(
    lines.map((line) => line.seq),
    Array.from({ length: 24 }, (_, index) => index + 1),
  );
  assert.equal(new Set(lines.map((line) => line.transfer)).size, 24);
  assert.deepEqual(await problemsOf(root), []);
});

test('lines come backwards whatever their length', async (context) => {
  const root = await temporaryDirectory(context);
  const manifest = new Manifest(root, { clock: shiftedClock(), fileSystem: nodeFileSystem });
  const lengths = [1, 262_144, 10, 600_000, 131_072, 3];
  for (const length of lengths) await manifest.append([entry('x'.repeat(length))]);
  await appendFile(join(root, 'ic-manifest', await onlyMonth(root)), 'y'.repeat(300_000));

  const seen = (await Array.fromAsync(manifest.backwards())).map(
    (line) => (line as WatermarkEntry).transfer.length,
  );
  assert.deepEqual(seen, lengths.toReversed());
});

async function onlyMonth(root: string): Promise<string> {
  const [name] = (await readdir(join(root, 'ic-manifest'))).filter((file) => file.endsWith('.jsonl'));
  assert.ok(name);
  return name;
}

test('a line cut off by a crash is taken away, and that is recorded', async (context) => {
  const root = await temporaryDirectory(context);
  const manifest = new Manifest(root, { clock: shiftedClock(), fileSystem: nodeFileSystem });
  await manifest.append([entry('a')]);
  await appendFile(join(root, 'ic-manifest', await onlyMonth(root)), '{"seq":2,"at":"2026');
  assert.deepEqual(await problemsOf(root), []);
  await manifest.append([entry('b')]);

  const lines = await manifestLines(root);
  assert.deepEqual(
    lines.map((line) => line.type),
    ['watermark', 'repair', 'watermark'],
  );
  assert.equal(lines[1]?.dropped_bytes, 19);
  assert.deepEqual(await problemsOf(root), []);
});

test('whole lines that a crash kept from being noted count', async (context) => {
  const root = await temporaryDirectory(context);
  const manifest = new Manifest(root, { clock: shiftedClock(), fileSystem: nodeFileSystem });
  const head = join(root, 'ic-manifest', '.head.json');
  await manifest.append([entry('a')]);
  const before = await readFile(head);
  await manifest.append([entry('b')]);
  await writeFile(head, before);
  await manifest.append([entry('c')]);
  await writeFile(head, '');
  await manifest.append([entry('d')]);

  assert.deepEqual(
    (await manifestLines(root)).map((line) => line.seq),
    [1, 2, 3, 4],
  );
  assert.deepEqual(await problemsOf(root), []);
});

test('lines cut off by hand leave a gap that shows for ever', async (context) => {
  const root = await temporaryDirectory(context);
  const manifest = new Manifest(root, { clock: shiftedClock(), fileSystem: nodeFileSystem });
  for (const name of ['a', 'b', 'c']) await manifest.append([entry(name)]);
  const file = join(root, 'ic-manifest', await onlyMonth(root));
  const { size } = await stat(file);
  await truncate(file, Math.floor((size / 3) * 2) - 20);
  assert.match(
    (await problemsOf(root)).join(),
    /chain: The lines with numbers 2 to 3 are missing at the end/,
  );

  await manifest.append([entry('d')]);
  assert.match((await problemsOf(root)).join('\n'), /Line 2 is damaged/);
  assert.match((await problemsOf(root)).join('\n'), /number 3 is missing before line 3/);
});

test('opening reads the end of the manifest, whatever its length', async (context) => {
  const root = await temporaryDirectory(context);
  const writer = new Manifest(root, { clock: shiftedClock(), fileSystem: nodeFileSystem });
  await writer.append(Array.from({ length: 5000 }, () => entry('t')));
  let bytesRead = 0;
  const counting = {
    ...nodeFileSystem,
    open: async (...parameters: Parameters<typeof nodeFileSystem.open>) => {
      const file = await nodeFileSystem.open(...parameters);
      const read = async (buffer: Uint8Array, position: number) => {
        const length = await file.read(buffer, position);
        bytesRead += length;
        return length;
      };
      return { ...file, read };
    },
  };
  await new Manifest(root, { clock: shiftedClock(), fileSystem: counting }).append([entry('last')]);

  assert.ok(bytesRead > 0 && bytesRead < 2000, `${bytesRead} bytes read`);
});

test('a file without a line is adopted, and gets its line once', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory });
  const session = await makeSessionDelivery({ lsid: 'a1' });
  await connectArchive(config).deliver([session], calm);
  await rm(join(directory, 'ic-manifest'), { recursive: true });
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual(statuses(await connectArchive(config).deliver([session], calm)), ['unchanged']);
  }

  assert.deepEqual(
    (await manifestLines(directory)).map((line) => line.type),
    ['adopted'],
  );
  assert.equal((await visibleFiles(directory)).length, 1);
  assert.deepEqual(await problemsOf(directory), []);
});

test('an altered file is not adopted: verify still tells', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory });
  const session = await makeSessionDelivery({ lsid: 'a1' });
  const [outcome] = await connectArchive(config).deliver([session], calm);
  const path = outcome?.location ?? '';
  await writeFile(path, `${await readFile(path, 'utf8')} `);

  assert.deepEqual(statuses(await connectArchive(config).deliver([session], calm)), ['unchanged']);
  assert.match((await problemsOf(directory)).join(), /^altered/);
});

test('a claim that grows is recorded at most once a day, one that shrinks at once', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory });
  for (const watermark of [sampleTime, sampleTime + 900, sampleTime + day - 1, sampleTime + day]) {
    await connectArchive(config).advance('sessions', claimUntil(watermark), calm);
  }
  await connectArchive(config).advance('presentations', claimUntil(sampleTime + 5), calm);

  assert.equal((await manifestLines(directory)).length, 3);
  const recovery = await connectArchive(config).recover('sessions', calm);
  assert.equal(recovery?.claim?.until, sampleTime + day);
  await connectArchive(config).advance('sessions', claimUntil(sampleTime + day - 5), calm);
  assert.equal((await manifestLines(directory)).length, 4);
  await rm(join(directory, 'ic-manifest', '.head.json'));
  assert.equal((await connectArchive(config).recover('sessions', calm))?.claim?.until, sampleTime + day - 5);
});

test('of an item that was updated the last content is recovered, and no other', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory });
  const versions = await Promise.all(['one', 'two'].map((chat) => makeSessionDelivery({ lsid: 'a', chat })));
  for (const session of versions) await connectArchive(config).deliver([session], calm);

  const recovery = await connectArchive(config).recover('sessions', calm);
  const entries = await Array.fromAsync(recovery?.entries ?? []);
  assert.deepEqual(
    entries.map((entry) => entry.contentHash),
    [versions[1]?.contentHash],
  );
});

test('only what came from the same site is recovered, newest first', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory });
  for (const [lsid, site] of [
    ['a', 'hq'],
    ['b', 'branch'],
    ['c', 'hq'],
  ] as const) {
    await connectArchive(config, { site }).deliver([await makeSessionDelivery({ lsid, site })], calm);
  }

  const recovery = await connectArchive(config, { site: 'hq' }).recover('sessions', calm);
  const entries = await Array.fromAsync(recovery?.entries ?? []);
  assert.deepEqual(
    entries.map(({ lsid }) => lsid),
    ['c', 'a'],
  );
  assert.equal(await connectArchive(config, { site: 'lab' }).recover('sessions', calm), null);
});

for (const [what, fields] of Object.entries({
  'a claim until no time': { watermark: 'soon' },
  'a claim since no time': { since: '1e9' },
  'a line of no time': { at: '' },
})) {
  test(`${what} is damage, and claims nothing`, async (context) => {
    const directory = await temporaryDirectory(context);
    const manifest = new Manifest(directory, { clock: shiftedClock(0), fileSystem: nodeFileSystem });
    context.after(() => manifest.close());
    await manifest.append([{ ...entry('t'), ...fields }]);
    assert.equal(await manifest.claim('t', 'hq', 'sessions'), null);
    assert.ok((await problemsOf(directory)).includes('chain: Line 1 is damaged: it cannot be read.'));
  });
}
