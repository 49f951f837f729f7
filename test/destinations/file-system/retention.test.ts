import assert from 'node:assert/strict';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '../../../src/destinations/destination.ts';
import { verifyArchive } from '../../../src/destinations/file-system/verify.ts';
import { nodeFileSystem } from '../../../src/platform/file-system.ts';
import { calm } from '../../conformance/support.ts';
import {
  archiveConfig,
  connectArchive,
  manifestLines,
  temporaryDirectory,
  visibleFiles,
} from '../../support/archive.ts';
import { makeFileDelivery, sampleTime } from '../../support/deliveries.ts';

async function backups(
  context: TestContext,
  retentionCount: number | null,
  fileSystem = nodeFileSystem,
  fileName = '%SITE%-%DATE%.%EXTENSION%',
) {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, {
    directory,
    fileName,
    retentionCount,
  });
  const store = async (
    day: number,
    site = 'hq',
    transfer = 'nightly',
    size = 100,
  ): Promise<Outcome | undefined> => {
    const destination = connectArchive(config, { site, transfer, fileSystem });
    const staging = await destination.stagingDirectory('backups', calm);
    const downloadedAt = sampleTime + day * 86_400;
    const content = `backup ${site} ${day} ${transfer}`.padEnd(size, '.');
    const file = await makeFileDelivery(
      { kind: 'backups', content, downloadedAt, site, extension: 'nsb' },
      staging,
    );
    return (await destination.deliver([file], calm))[0];
  };
  const problems = () => Array.fromAsync(verifyArchive(config, { signal: calm }).problems);
  return { directory, store, problems };
}

test('without a count all backups stay', async (context) => {
  const { directory, store } = await backups(context, null);
  for (const day of [0, 1, 2, 3]) await store(day);
  assert.equal((await visibleFiles(directory)).length, 4);
});

test('the oldest backups go once the new one is there', async (context) => {
  const { directory, store, problems } = await backups(context, 2);
  for (const day of [0, 1, 2, 3]) assert.deepEqual((await store(day))?.warnings, []);

  assert.deepEqual(await visibleFiles(directory), ['hq-2026-11-24.nsb', 'hq-2026-11-25.nsb']);
  const removed = (await manifestLines(directory)).filter((line) => line.type === 'removed');
  assert.deepEqual(
    removed.map((line) => line.path),
    ['hq-2026-11-22.nsb', 'hq-2026-11-23.nsb'],
  );
  assert.deepEqual(await problems(), []);
});

test("neither another site's backups nor files of others are touched", async (context) => {
  const { directory, store } = await backups(context, 1);
  await writeFile(join(directory, 'hq-2020-01-01.nsb'), 'put here by hand');
  await store(0, 'branch');
  await store(0);
  await writeFile(join(directory, 'hq-2026-11-22.nsb'), 'replaced by hand with something else');
  await store(1);
  await store(2);

  assert.deepEqual(await visibleFiles(directory), [
    'branch-2026-11-22.nsb',
    'hq-2020-01-01.nsb',
    'hq-2026-11-22.nsb',
    'hq-2026-11-24.nsb',
  ]);
});

test('what another transfer put into the same directory stays', async (context) => {
  const { directory, store } = await backups(context, 1);
  for (const day of [0, 1]) await store(day, 'hq', 'kept');
  for (const day of [2, 3]) await store(day);
  assert.deepEqual(await visibleFiles(directory), ['hq-2026-11-23.nsb', 'hq-2026-11-25.nsb']);
});

test('a folder that was replaced by a link out of the archive is neither cleaned nor written to', {
  skip: process.platform === 'win32',
}, async (context) => {
  const elsewhere = await temporaryDirectory(context);
  const { directory, store } = await backups(context, 1, nodeFileSystem, '%SITE%/%DATE%.%EXTENSION%');
  await store(0);
  await rename(join(directory, 'hq'), join(elsewhere, 'hq'));
  await symlink(join(elsewhere, 'hq'), join(directory, 'hq'));
  await store(1);
  assert.deepEqual(await readdir(join(elsewhere, 'hq')), ['2026-11-22.nsb']);
});

test('backups that somebody took away do not count as kept', async (context) => {
  const { directory, store } = await backups(context, 2);
  for (const day of [0, 1]) await store(day);
  await rm(join(directory, 'hq-2026-11-23.nsb'));
  await store(2);

  assert.deepEqual(await visibleFiles(directory), ['hq-2026-11-22.nsb', 'hq-2026-11-24.nsb']);
});

test('a crash between a removal and its line is made good by the next prune', async (context) => {
  const { directory, store, problems } = await backups(context, 2);
  for (const day of [0, 1, 2]) await store(day);
  await rm(join(directory, 'hq-2026-11-23.nsb'));
  await store(3);
  await store(4);

  assert.deepEqual(await visibleFiles(directory), ['hq-2026-11-25.nsb', 'hq-2026-11-26.nsb']);
  assert.deepEqual(await problems(), []);
});

test('a backup that cannot be removed is a warning, and the new one is stored', async (context) => {
  const unlink = async (path: string) => {
    if (path.endsWith('.nsb')) throw Object.assign(new Error('no'), { code: 'EACCES', syscall: 'unlink' });
    await nodeFileSystem.unlink(path);
  };
  const { directory, store } = await backups(context, 1, { ...nodeFileSystem, unlink });
  await mkdir(directory, { recursive: true });
  await store(0);
  const outcome = await store(1);

  assert.equal(outcome?.status, 'stored');
  assert.match(
    outcome?.warnings.join() ?? '',
    /Cannot remove the old backup .*hq-2026-11-22\.nsb \(EACCES\)/,
  );
  assert.equal((await visibleFiles(directory)).length, 2);
});

/** Stores a backup of each size, on one day after the other; resolves with the warnings of each. */
async function storeSizes(
  store: Awaited<ReturnType<typeof backups>>['store'],
  sizes: readonly number[],
  firstDay = 0,
): Promise<readonly (readonly string[] | undefined)[]> {
  const warnings: (readonly string[] | undefined)[] = [];
  for (const [index, size] of sizes.entries()) {
    warnings.push((await store(firstDay + index, 'hq', 'nightly', size))?.warnings);
  }
  return warnings;
}

test('a backup that is much smaller than those before it has none of them removed, and is told', async (context) => {
  const { directory, store, problems } = await backups(context, 2);
  const warnings = await storeSizes(store, [1000, 1010, 400, 300]);
  assert.deepEqual(warnings.slice(0, 2), [[], []]);
  for (const [warning] of warnings.slice(2) as [string][]) {
    assert.match(warning, /hq-2026-11-2[45]\.nsb has [34]00 bytes, less than half of 1010 bytes/);
    assert.match(warning, /no old backup is removed.*move the larger ones out of the archive/);
  }
  assert.equal((await visibleFiles(directory)).length, 4);
  assert.deepEqual(await problems(), []);
});

test('small backups count for none that is kept, and go once enough others have come', async (context) => {
  const { directory, store } = await backups(context, 2);
  await storeSizes(store, [1000, 1000, 100, 100]);
  assert.deepEqual(await storeSizes(store, [1000], 4), [[]]);
  assert.deepEqual(await visibleFiles(directory), [
    'hq-2026-11-23.nsb',
    'hq-2026-11-24.nsb',
    'hq-2026-11-25.nsb',
    'hq-2026-11-26.nsb',
  ]);
  assert.deepEqual(await storeSizes(store, [900], 5), [[]]);
  assert.deepEqual(await visibleFiles(directory), ['hq-2026-11-26.nsb', 'hq-2026-11-27.nsb']);
});

test('backups that shrink little by little, or grow, are kept and removed as ever', async (context) => {
  const { directory, store } = await backups(context, 2);
  const warnings = await storeSizes(store, [1000, 800, 600, 5000, 9000]);
  assert.deepEqual(warnings, [[], [], [], [], []]);
  assert.equal((await visibleFiles(directory)).length, 2);
});

test('small backups are the usual ones once the larger ones were moved away', async (context) => {
  const { directory, store } = await backups(context, 1);
  await storeSizes(store, [1000, 100]);
  await rm(join(directory, 'hq-2026-11-22.nsb'));
  assert.deepEqual(await storeSizes(store, [90], 2), [[]]);
  assert.deepEqual(await visibleFiles(directory), ['hq-2026-11-24.nsb']);
});
