import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { FileSystemConfig } from '../../../src/config/configuration.ts';
import { Manifest } from '../../../src/destinations/file-system/manifest.ts';
import { setAside } from '../../../src/destinations/file-system/set-aside.ts';
import { type VerifyOptions, verifyArchive } from '../../../src/destinations/file-system/verify.ts';
import { filesBelow } from '../../../src/destinations/file-system/verify-files.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { nodeFileSystem } from '../../../src/platform/file-system.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { archiveConfig, connectArchive, temporaryDirectory, visibleFiles } from '../../support/archive.ts';
import { makeFileDelivery, makeSessionDelivery, sampleTime } from '../../support/deliveries.ts';

interface Archive {
  readonly directory: string;
  readonly config: FileSystemConfig;
  /** The line-th line of the manifest's only month is replaced, or left out when null comes back. */
  editLine(number: number, edit: (line: string) => string | null): Promise<void>;
  verify(
    options?: Partial<VerifyOptions>,
  ): Promise<readonly (readonly [kind: string, path: string, message: string])[]>;
}

/** Thirty sessions, of which each began an hour after the one before. */
async function archive(context: TestContext): Promise<Archive> {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory, fileName: '%LSID%.%EXTENSION%' });
  const sessions = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      makeSessionDelivery({ lsid: `s${index}`, startTime: sampleTime + index * 3600 }),
    ),
  );
  const destination = connectArchive(config);
  for (let from = 0; from < 30; from += 10) await destination.deliver(sessions.slice(from, from + 10), calm);
  return {
    directory,
    config,
    editLine: (number, edit) => editLine(join(directory, 'ic-manifest'), number, edit),
    verify: async (options = {}) => {
      const problems = await Array.fromAsync(verifyArchive(config, { signal: calm, ...options }).problems);
      return problems.map(
        ({ kind, path, message }) => [kind, path.slice(directory.length + 1), message] as const,
      );
    },
  };
}

async function editLine(
  folder: string,
  number: number,
  edit: (line: string) => string | null,
): Promise<void> {
  const [name] = (await readdir(folder)).filter((file) => file.endsWith('.jsonl'));
  const path = join(folder, name ?? '');
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const kept = lines
    .map((line, index) => (index === number - 1 ? edit(line) : line))
    .filter((line) => line !== null);
  await writeFile(path, kept.map((line) => `${line}\n`).join(''));
}

async function flipByte(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, 200);
  await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, 200);
  await file.close();
}

test('an untouched archive is in order, and every byte of it was read', async (context) => {
  const { config, directory } = await archive(context);
  const verification = verifyArchive(config, { signal: calm });

  assert.deepEqual(await Array.fromAsync(verification.problems), []);
  const sizes = await Promise.all(
    (await visibleFiles(directory)).map(async (file) => (await readFile(join(directory, file))).length),
  );
  assert.deepEqual(verification.totals, {
    files: 30,
    bytes: sizes.reduce((sum, size) => sum + size),
    unsealed: 0,
  });
});

test('one flipped byte, one file cut short, one deleted, one put there: each is named', async (context) => {
  const { directory, verify } = await archive(context);
  await flipByte(join(directory, 's7.xml'));
  await truncate(join(directory, 's8.xml'), 100);
  await rm(join(directory, 's9.xml'));
  await mkdir(join(directory, 'folder'));
  await writeFile(join(directory, 'folder', 'stray.xml'), '');

  const problems = await verify();
  assert.deepEqual(
    problems.map(([kind, path]) => [kind, path]),
    [
      ['altered', 's7.xml'],
      ['truncated', 's8.xml'],
      ['missing', 's9.xml'],
      ['unknown', join('folder', 'stray.xml')],
    ],
  );
});

test('what a run replaces and adds while an archive is read is no damage', async (context) => {
  const { config, directory, verify } = await archive(context);
  const kinds = [...config.kinds].map(
    ([kind, of]) => [kind, { ...of, onConflict: 'overwrite' as const }] as const,
  );
  const destination = connectArchive({ ...config, kinds: new Map(kinds) });
  const edited = { lsid: 's7', startTime: sampleTime + 7 * 3600, chat: 'edited' };
  const batch = await Promise.all([edited, { lsid: 'added' }].map(makeSessionDelivery));
  let delivered: readonly string[] = [];
  // The manifest has been read by then, and none of the files.
  const openAfterDelivery: typeof nodeFileSystem.open = async (path, ...rest) => {
    if (String(path).endsWith('.xml') && delivered.length === 0) {
      delivered = ['under way'];
      delivered = statuses(await destination.deliver(batch, calm));
    } else if (String(path).endsWith('s7.xml')) {
      while (delivered.length < batch.length) await new Promise((resolve) => setImmediate(resolve));
    }
    return nodeFileSystem.open(path, ...rest);
  };
  const fileSystem = { ...nodeFileSystem, open: openAfterDelivery };
  assert.deepEqual(await verify({ fileSystem }), []);
  assert.deepEqual(delivered, ['updated', 'stored']);
  await flipByte(join(directory, 's7.xml'));
  assert.deepEqual(
    (await verify()).map(([kind, path]) => [kind, path]),
    [['altered', 's7.xml']],
  );
});

test('a manifest that is gone is one problem with its remedy, however many files there are', async (context) => {
  const { directory, verify } = await archive(context);
  await rm(join(directory, 'ic-manifest'), { recursive: true });

  const problems = await verify();
  assert.equal(problems.length, 1);
  assert.match(
    problems[0]?.[2] ?? '',
    /The manifest is missing: .*\(30\).* Restore ic-manifest from a backup of/,
  );
});

for (const number of [1, 2, 15, 29, 30]) {
  test(`line ${number} of the manifest, taken away, shows`, async (context) => {
    const { editLine, verify } = await archive(context);
    await editLine(number, () => null);

    const [problem] = await verify();
    assert.equal(problem?.[0], 'chain');
    assert.match(problem?.[2] ?? '', new RegExp(`number ${number} is missing`));
  });

  test(`line ${number} of the manifest, altered, shows`, async (context) => {
    const { editLine, verify } = await archive(context);
    await editLine(number, (line) => line.replace('"lseq":"4711"', '"lseq":"4712"'));

    assert.deepEqual(
      (await verify()).map(([kind]) => kind),
      ['chain'],
    );
  });
}

test('a file counts as there when it changed in the very millisecond in which the look at the archive began', async (context) => {
  const directory = await temporaryDirectory(context);
  await writeFile(join(directory, 'stray.xml'), '');
  const { ctimeMs } = await stat(join(directory, 'stray.xml'));

  const below = (until: number) => Array.fromAsync(filesBelow(directory, new Set(), until));
  assert.deepEqual(await below(Math.floor(ctimeMs)), ['stray.xml']);
  assert.deepEqual(await below(Math.floor(ctimeMs) - 1), []);
});

test('a pipe in place of a file is named, and not waited for', {
  skip: process.platform === 'win32',
}, async (context) => {
  const { directory, verify } = await archive(context);
  await rm(join(directory, 's7.xml'));
  await promisify(execFile)('mkfifo', [join(directory, 's7.xml')]);

  assert.deepEqual(await verify(), [['altered', 's7.xml', 'It is no file any more.']]);
});

test('a line that says that a session was removed is damage, however well it continues the chain', async (context) => {
  const { directory, verify } = await archive(context);
  const manifest = new Manifest(directory, { clock: systemClock, fileSystem: nodeFileSystem });
  const forged = { type: 'removed', at: '2026-11-22T10:00:00Z', site: 'hq', kind: 'sessions' } as const;
  await manifest.append([{ ...forged, path: 's7.xml' }]);
  await rm(join(directory, 's7.xml'));
  const problems = await verify();
  assert.deepEqual(
    problems.map(([kind, path]) => [kind, path]),
    [['chain', 's7.xml']],
  );
  assert.match(problems[0]?.[2] ?? '', /removes nothing but old backups/);
});

test('a manifest that is gone shows', async (context) => {
  const { directory, verify } = await archive(context);
  const folder = join(directory, 'ic-manifest');
  for (const name of await readdir(folder)) if (name.endsWith('.jsonl')) await rm(join(folder, name));

  assert.match((await verify())[0]?.[2] ?? '', /numbers 1 to 30 are missing at the end/);
});

test('a manifest cannot lead out of the archive', async (context) => {
  const { editLine, verify } = await archive(context);
  await editLine(3, (line) => line.replace('"path":"', '"path":"../../'));

  assert.match((await verify())[0]?.[2] ?? '', /Line 3 is damaged/);
});

test('a period and a sample read their part', async (context) => {
  const { config, directory, verify } = await archive(context);
  await rm(join(directory, 's3.xml'));
  await rm(join(directory, 's20.xml'));
  await writeFile(join(directory, 'stray.xml'), '');
  const since = sampleTime + 10 * 3600;

  assert.deepEqual(
    (await verify({ since })).map(([, path]) => path),
    ['s20.xml'],
  );
  assert.deepEqual(
    (await verify({ until: since })).map(([, path]) => path),
    ['s3.xml'],
  );
  const sampled = verifyArchive(config, { signal: calm, sample: 0.5 });
  await Array.fromAsync(sampled.problems);
  assert.ok(sampled.totals.files < 30);
});

test('an interrupted verification stops', async (context) => {
  const { verify } = await archive(context);
  const reason = new Error('stopped');
  await assert.rejects(verify({ signal: AbortSignal.abort(reason) }), reason);
});

test('what replaced a file counts, and what was replaced does not', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory, onConflict: 'overwrite' });
  for (const chat of ['one', 'two']) {
    await connectArchive(config).deliver([await makeSessionDelivery({ lsid: 'a', chat })], calm);
  }
  assert.deepEqual(await Array.fromAsync(verifyArchive(config, { signal: calm }).problems), []);
});

test('directories inside one another are archives of their own', async (context) => {
  const directory = await temporaryDirectory(context);
  const inner = join(directory, 'inner');
  const config = archiveConfig(directory, { directory, byKind: { sessions: { directory: inner } } });
  const destination = connectArchive(config);
  await destination.deliver([await makeSessionDelivery({ lsid: 'a' })], calm);
  const staging = await destination.stagingDirectory('backups', calm);
  await destination.deliver([await makeFileDelivery({ kind: 'backups', content: 'backup' }, staging)], calm);

  assert.deepEqual(await Array.fromAsync(verifyArchive(config, { signal: calm }).problems), []);
});

test('a damaged file says what to fetch again, and makes room for it', async (context) => {
  const directory = await temporaryDirectory(context);
  const config = archiveConfig(directory, { directory, fileName: '%LSID%-%INSTANCE%.%EXTENSION%' });
  const kind = 'command-shell-recordings';
  const fetch = async () => {
    const destination = connectArchive(config);
    const staging = await destination.stagingDirectory(kind, calm);
    const file = await makeFileDelivery(
      { kind, lsid: 'a', instance: 3, content: 'shell '.repeat(100) },
      staging,
    );
    return statuses(await destination.deliver([file], calm));
  };
  await fetch();
  const path = join(directory, 'a-3.mp4');
  await flipByte(path);

  const [problem] = await Array.fromAsync(verifyArchive(config, { signal: calm }).problems);
  assert.deepEqual(problem?.item, {
    transfer: 'hq-to-archive',
    site: 'hq',
    kind,
    lsid: 'a',
    instance: 3,
    lseq: null,
    sessionType: null,
    externalKey: null,
    startTime: sampleTime,
    endTime: sampleTime + 600,
  });
  const aside = await setAside(config, path);
  assert.match(await readFile(aside, 'utf8'), /shell/);
  assert.deepEqual(await fetch(), ['stored']);
  assert.deepEqual(await visibleFiles(directory), ['a-3.mp4']);
  assert.deepEqual(await Array.fromAsync(verifyArchive(config, { signal: calm }).problems), []);
});
