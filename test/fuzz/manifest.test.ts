import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { FileSystemConfig } from '../../src/config/configuration.ts';
import { ItemIndex } from '../../src/destinations/file-system/item-index.ts';
import { readLines, readLinesBackwards } from '../../src/destinations/file-system/manifest-files.ts';
import {
  beforeFirstLine,
  formatLine,
  hashLine,
  isFileEntry,
  type ManifestEntry,
  parseEntry,
  parseLine,
  timeOf,
} from '../../src/destinations/file-system/manifest-line.ts';
import { readTail, writeHead } from '../../src/destinations/file-system/manifest-tail.ts';
import { verifyArchive } from '../../src/destinations/file-system/verify.ts';
import { IcError } from '../../src/platform/errors.ts';
import { type FileSystem, nodeFileSystem } from '../../src/platform/file-system.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { fuzz } from './fuzz.ts';
import { composed, mutated } from './mutations.ts';

const at = '2026-11-22T10:00:00.000Z';
const file = {
  at,
  transfer: 't',
  site: 'hq',
  host: 'support.example.com',
  kind: 'sessions' as const,
  instance: null,
  bytes: 3,
  sha256: hashLine('abc'),
  content_hash: 'c'.repeat(64),
  start: at,
  end: null,
  downloaded: null,
  lseq: '1',
  session_type: 'support',
  external_key: null,
};
const entries: readonly ManifestEntry[] = [
  { ...file, type: 'stored', lsid: 'a', path: 'a.xml' },
  { ...file, type: 'stored', lsid: 'b', path: 'sub/b.xml' },
  { type: 'watermark', at, transfer: 't', site: 'hq', kind: 'sessions', since: at, watermark: at },
  { ...file, type: 'updated', lsid: 'a', path: 'a.1.xml' },
  { type: 'renamed', at, transfer_before: 't', transfer: 'u', site_before: 'hq', site: 'main' },
  { type: 'removed', at, site: 'main', kind: 'backups', path: 'old.nsb' },
  { type: 'repair', at, dropped_bytes: 3 },
  {
    ...file,
    type: 'adopted',
    site: 'main',
    transfer: 'u',
    lsid: 'c',
    path: 'c.xml',
    media_type: 'video/mp4',
  },
];

function chained(list: readonly ManifestEntry[]): readonly string[] {
  let previous = beforeFirstLine;
  return list.map((entry, index) => {
    const line = formatLine(entry, { seq: index + 1, previous });
    previous = hashLine(line);
    return line;
  });
}

const lines = chained(entries);
const words = [
  ...[
    '{"seq":',
    '"type":"removed"',
    '"type":"stored"',
    '"type":"watermark"',
    '"type":"renamed"',
    '"type":"x"',
    '"kind":"backups"',
    '"path":',
  ],
  ...[
    '"../../x"',
    '"a/../b"',
    '"/etc/passwd"',
    '"C:\\\\x"',
    '"\\\\\\\\x\\\\y"',
    '"a\\u0000b"',
    '"."',
    '""',
    '"site":{}',
    '"bytes":-1',
    '"lsid":[]',
  ],
  ...[
    '"at":"x"',
    '"watermark":"never"',
    '"since":"1e9"',
    '"end":"+275761-01-01"',
    '"start":3',
    '"seq":1.5',
    '"seq":-1',
    ',',
    '}',
    '{',
    ':',
  ],
  ...[
    '"claims":[]',
    '"claims":{"t/hq/sessions":null}',
    '"size":-1',
    '"size":1e300',
    '"file":"../x"',
    '"file":"manifest-9999-99.jsonl"',
    '"sum":',
  ],
];

const isInstant = (text: unknown) => typeof text === 'string' && Number.isFinite(Date.parse(text));

test('any line of a manifest is sound or none, and reads the same when it is written again', async (t) => {
  await fuzz(t, fc.oneof(mutated(lines, words), composed(words)), 6000, (bytes) => {
    const text = bytes.toString();
    const line = parseLine(text);
    const entry = parseEntry(text);
    if (entry !== null) assert.ok(isFileEntry(entry));
    if (line === null) return;
    assert.ok(Number.isSafeInteger(line.seq) && line.seq >= 0, `seq ${line.seq}`);
    assert.ok(isInstant(line.at), `at ${line.at}`);
    if ('path' in line) assert.ok(!join(`${sep}root`, line.path).split(sep).includes('..'));
    if (line.type === 'watermark') {
      assert.ok(isInstant(line.watermark), `watermark ${line.watermark}`);
      assert.ok(line.since === undefined || isInstant(line.since), `since ${line.since}`);
    }
    if (isFileEntry(line)) {
      assert.ok(Number.isSafeInteger(timeOf(line)), `time of ${text}`);
      assert.ok(Number.isSafeInteger(line.bytes) && line.bytes >= 0, `bytes ${line.bytes}`);
      for (const value of [line.lsid, line.lseq, line.session_type, line.external_key])
        assert.ok(value === null || value === undefined || typeof value === 'string', `${value}`);
      assert.ok(
        line.instance === null || line.instance === undefined || Number.isSafeInteger(line.instance),
        `${line.instance}`,
      );
    }
    const { seq, previous, ...rest } = line;
    assert.deepEqual(parseLine(formatLine(rest as ManifestEntry, { seq, previous })), line);
  });
});

/** Refuses what lies outside of the archive. */
function inside(root: string): FileSystem {
  const check = (path: string): void => assert.ok(path === root || path.startsWith(root + sep), path);
  return {
    ...nodeFileSystem,
    open: (path, flags, mode) => {
      check(path);
      return nodeFileSystem.open(path, flags, mode);
    },
    lstat: (path) => {
      check(path);
      return nodeFileSystem.lstat(path);
    },
    readdir: (path) => {
      check(path);
      return nodeFileSystem.readdir(path);
    },
  };
}

interface Archive {
  readonly root: string;
  readonly folder: string;
  readonly fileSystem: FileSystem;
}

async function archive(root: string): Promise<Archive> {
  const folder = join(root, 'ic-manifest');
  await mkdir(join(root, 'sub'), { recursive: true });
  await mkdir(folder, { recursive: true });
  for (const name of ['a.xml', 'sub/b.xml', 'a.1.xml', 'c.xml']) await writeFile(join(root, name), 'abc');
  return { root, folder, fileSystem: inside(root) };
}

const config = (root: string): FileSystemConfig => ({
  type: 'file-system',
  name: 'archive',
  kinds: new Map([
    [
      'sessions',
      { directory: root, fileName: '%LSID%', onConflict: 'skip', format: null, retentionCount: null },
    ],
  ]),
});

async function verify({ root, fileSystem }: Archive): Promise<readonly string[]> {
  const { problems } = verifyArchive(config(root), { signal: new AbortController().signal, fileSystem });
  return Array.fromAsync(problems, ({ kind, message }) => `${kind} ${message}`);
}

test('any manifest and any note of its end are read, within the archive, and what is wrong is told', async (t) => {
  const place = await archive(await temporaryDirectory(t));
  const { root, folder, fileSystem } = place;
  const month = join(folder, 'manifest-2026-11.jsonl');
  const head = join(folder, '.head.json');
  const original = `${lines.join('\n')}\n`;
  await writeFile(month, original);
  await writeHead(root, await readTail(root, fileSystem), fileSystem);
  assert.deepEqual(await verify(place), []);
  const note = await readFile(head);
  const inputs = fc.tuple(
    fc.oneof(
      { weight: 4, arbitrary: mutated([original], [...words, '\n', '\n\n', ...lines]) },
      fc.constant(Buffer.from(original)),
    ),
    fc.oneof({ weight: 2, arbitrary: mutated([note], words) }, fc.constant(note)),
  );
  await fuzz(t, inputs, 400, async ([manifest, noted]) => {
    await writeFile(month, manifest);
    await writeFile(head, noted);
    try {
      const tail = await readTail(root, fileSystem);
      assert.ok(
        Number.isSafeInteger(tail.seq) && Number.isSafeInteger(tail.size) && tail.size >= 0,
        JSON.stringify(tail),
      );
      for (const { since, until } of Object.values(tail.claims))
        assert.ok(Number.isFinite(until) && (since === null || Number.isFinite(since)), JSON.stringify(tail));
      const forwards = await Array.fromAsync(readLines(month, 0, fileSystem), ({ bytes, complete }) =>
        complete ? bytes.toString('hex') : [],
      );
      const backwards = await Array.fromAsync(readLinesBackwards(month, fileSystem), (bytes) =>
        bytes.toString('hex'),
      );
      assert.deepEqual(backwards.toReversed(), forwards.flat());
      const problems = await verify(place);
      if (!manifest.equals(Buffer.from(original)) && manifest.at(-1) === 10)
        assert.ok(problems.length > 0, manifest.toString());
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof IcError && error.code === 'io', inspect(error));
    }
  });
});

test('any index beside a manifest finds the lines that are there, or fewer, and never others', async (t) => {
  const { root, folder, fileSystem } = await archive(await temporaryDirectory(t));
  await writeFile(join(folder, 'manifest-2026-11.jsonl'), `${lines.join('\n')}\n`);
  const many = chained(
    Array.from(
      { length: 600 },
      (_, index) =>
        ({ ...file, type: 'stored', site: 'main', lsid: `l${index}`, path: `${index}.xml` }) as const,
    ),
  );
  await writeFile(join(folder, 'manifest-2026-10.jsonl'), `${many.join('\n')}\n`);
  const items = ['a', 'b', 'c', 'l5', 'l599', 'none'].map((lsid) => ({
    site: 'main',
    kind: 'sessions' as const,
    lsid,
    instance: null,
  }));
  const ask = async (): Promise<readonly (readonly string[])[]> => {
    const index = new ItemIndex(root, fileSystem, () => true);
    try {
      const found = await index.filesOf(items);
      return found.map((files) => files.map(({ path }) => path));
    } finally {
      index.close();
    }
  };
  const expected = await ask();
  assert.deepEqual(
    expected.map(({ length }) => length),
    [2, 1, 1, 1, 1, 0],
  );
  const index = join(folder, '.items.db');
  const image = await readFile(index);
  const sql = [
    'line',
    'CREATE TABLE',
    'CREATE VIEW',
    'INTEGER',
    'WHERE',
    'SELECT',
    '\x0d\0\0',
    '\x05\0\0',
    '\xff'.repeat(9),
    'SQLite format 3\0',
  ];
  await fuzz(
    t,
    mutated(
      [image],
      sql.map((word) => Buffer.from(word, 'latin1')),
    ),
    300,
    async (bytes) => {
      await writeFile(index, bytes);
      const found = await ask();
      for (const [which, paths] of found.entries())
        for (const path of paths)
          assert.ok(expected[which]?.includes(path), `${path} of ${items[which]?.lsid}`);
    },
  );
});
