import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { RingWriter } from '../../src/appliance/ring-writer.ts';
import { nodeFileSystem, type OpenFile, toOpenFile } from '../../src/platform/file-system.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const noise = randomBytes(12_000_000);

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Adds the bytes in chunks of these sizes, taken in turn, each in memory that is used again for the next one. */
async function addAll(writer: RingWriter, bytes: Uint8Array, sizes: readonly number[]): Promise<void> {
  const memory = Buffer.alloc(Math.max(...sizes));
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const next = bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1));
    memory.set(next);
    await writer.add(memory.subarray(0, next.length));
    at += next.length;
  }
}

/** A file whose operations are the test's, where it gives any; its other thread writes and syncs nothing. */
function fileWith(operations: {
  readonly append?: (bytes: Uint8Array) => Promise<void>;
  readonly sync?: () => Promise<void>;
}): OpenFile {
  const { append = none, sync = none } = operations;
  return {
    write: none,
    sync,
    close: none,
    truncate: none,
    read: async () => 0,
    setRights: async () => {},
    stat: () => Promise.reject(new Error('not asked for')),
    feed: async (memory) => {
      const hash = createHash('sha256');
      return {
        append: async ({ offset, length }) => {
          const bytes = Buffer.from(memory, offset, length);
          await append(bytes);
          hash.update(bytes);
        },
        digest: async () => hash.digest('hex'),
        close: () => {},
      };
    },
  };
}

async function none(): Promise<void> {}

test('a file of any size, in chunks of any size, is written as it came and hashed', async (t) => {
  const directory = await temporaryDirectory(t);
  const lengths = fc.oneof(
    fc.constantFrom(0, 1, 262_144, 524_288, 1_048_575, 1_048_576, 4_194_304, 4_194_305, 8_388_608),
    fc.nat({ max: noise.length }),
  );
  const sizes = fc.array(fc.oneof(fc.integer({ min: 60_000, max: 70_000 }), fc.constant(6_000_000)), {
    minLength: 1,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(lengths, sizes), { minLength: 1, maxLength: 3 }), async (files) => {
      const saved = files.map(async ([length, chunks], index) => {
        const path = join(directory, `${index}`);
        await rm(path, { force: true });
        const file = await nodeFileSystem.open(path, 'wx');
        const writer = new RingWriter(file);
        const bytes = noise.subarray(0, length);
        await addAll(writer, bytes, chunks);
        assert.equal(await writer.finish(), sha256(bytes));
        assert.equal(writer.bytes, length);
        await writer.settle();
        await file.close();
        assert.ok((await readFile(path)).equals(bytes));
      });
      await Promise.all(saved);
    }),
    { numRuns: 25 },
  );
});

test('a disk that is slower than the sender holds the sender back', async () => {
  const written: Uint8Array[] = [];
  const first = Promise.withResolvers<void>();
  const file = fileWith({
    append: async (bytes) => {
      await first.promise;
      written.push(Buffer.from(bytes));
    },
  });
  const writer = new RingWriter(file);
  let added = 0;
  let waiting: Promise<void> | null = null;
  for (; waiting === null; added += 65_536) waiting = writer.add(noise.subarray(added, added + 65_536));
  first.resolve();
  await waiting;
  assert.equal(await writer.finish(), sha256(noise.subarray(0, added)));
  assert.ok(Buffer.concat(written).equals(noise.subarray(0, added)));
});

test('a write that fails ends the download, whenever it fails', async () => {
  for (const failing of [0, 3]) {
    let appends = 0;
    const file = fileWith({
      append: async () => {
        if (appends === failing) throw new Error('no space left');
        appends += 1;
      },
    });
    const writer = new RingWriter(file);
    const saved = addAll(writer, noise, [65_536]).then(() => writer.finish());
    await assert.rejects(saved, /no space left/);
    await writer.settle();
    assert.equal(appends, failing);
  }
});

test('a full disk is told by its own error, whether the file is small or large', {
  skip: process.platform !== 'linux',
}, async () => {
  for (const length of [100, 3_000_000]) {
    const file = toOpenFile(await open('/dev/full', 'w'));
    const writer = new RingWriter(file);
    const saved = addAll(writer, noise.subarray(0, length), [65_536]).then(() => writer.finish());
    await assert.rejects(saved, { code: 'ENOSPC', syscall: 'write' });
    await writer.settle();
    await file.close();
  }
});

test('a failure to make durable what was written in passing is told at the end', async () => {
  let syncs = 0;
  const file = fileWith({
    sync: async () => {
      syncs += 1;
      if (syncs === 1) throw new Error('input/output error');
    },
  });
  const writer = new RingWriter(file);
  for (let round = 0; round < 12; round += 1) await addAll(writer, noise, [65_536]);
  await assert.rejects(writer.finish(), /input\/output error/);
  await writer.settle();
});
