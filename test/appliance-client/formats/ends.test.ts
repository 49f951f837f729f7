import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { End } from '../../../src/appliance/formats/end-proof.ts';
import { formatOf } from '../../../src/appliance/formats/formats.ts';
import { GzipMembers } from '../../../src/appliance/formats/gzip-members.ts';
import { box, ebml, flv, flvWithoutMetadata, riff, wholeFiles } from './files.ts';

/** What the format of the file says of its end, with the file in chunks of these sizes, in turn. */
async function endOf(file: Buffer, sizes: readonly number[] = [100], format = file): Promise<End> {
  const proof = formatOf(format)?.proveEnd?.();
  assert.ok(proof, 'a format with an end');
  for (let at = 0, turn = 0; at < file.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    await proof.add(file.subarray(at, at + size));
    at += size;
  }
  return proof.end();
}

const content = fc.uint8Array({ minLength: 64, maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const chunkSizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });

for (const [name, make] of Object.entries(wholeFiles)) {
  test(`${name}: the whole file proves its end, however it comes in chunks, and no part of it does`, async () => {
    await fc.assert(
      fc.asyncProperty(
        content,
        fc.integer({ min: 1, max: 4 }),
        chunkSizes,
        fc.nat(),
        async (inside, parts, sizes, at) => {
          const file = make(inside, isLong(name) ? 1 : parts);
          assert.equal(await endOf(file, sizes), 'proven');
          const shorter = file.subarray(0, at % file.length);
          assert.notEqual(await endOf(shorter, sizes, file), 'proven', `cut at ${at % file.length}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  test(`${name}: what follows the end is no proof of it`, async () => {
    const file = make(Buffer.alloc(70, 7), 1);
    for (const garbage of [Buffer.alloc(1), Buffer.alloc(700), Buffer.from('\r\n'), Buffer.from('</html>')]) {
      assert.notEqual(await endOf(Buffer.concat([file, garbage])), 'proven');
    }
  });
}

/** A second RIFF chunk may follow the first: whoever has the first alone cannot know. */
function isLong(name: string): boolean {
  return name === 'avi';
}

test('each single byte that an FLV, an MP4 or a gzip lacks is missed', async () => {
  for (const name of ['flv', 'mp4', 'gz'] as const) {
    const file = wholeFiles[name]?.(Buffer.alloc(90, 3), 3) ?? Buffer.alloc(0);
    for (let length = 0; length < file.length; length += 1) {
      assert.notEqual(
        await endOf(file.subarray(0, length), [50], file),
        'proven',
        `${name} cut at ${length}`,
      );
    }
  }
});

test('an FLV that does not tell its length is whole behind the size of its last tag, and nowhere else', async () => {
  const inside = Buffer.alloc(90, 3);
  const file = flvWithoutMetadata(inside, 3);
  const tagEnds = new Set([1, 2, 3].map((tags) => 13 + tags * (11 + inside.length + 4)));
  for (let length = 0; length <= file.length; length += 1) {
    const end = await endOf(file.subarray(0, length), [50], file);
    assert.equal(end === 'proven', tagEnds.has(length), `cut at ${length}`);
  }
});

test('what certainly lacks its end is told from what may lack it', async () => {
  const inside = Buffer.alloc(90, 3);
  const isCut = async (file: Buffer) => typeof (await endOf(file)) === 'object';
  const parts = { flv: 2, mp4: 1, webm: 1, mkv: 1, gz: 1, ogv: 1, avi: 1 };
  for (const [name, count] of Object.entries(parts)) {
    const file = wholeFiles[name]?.(inside, count) ?? Buffer.alloc(0);
    assert.ok(await isCut(file.subarray(0, -12)), name);
  }
});

const odd: Readonly<Record<string, Buffer>> = {
  'an FLV of one tag that breaks off': flvWithoutMetadata(Buffer.alloc(50), 1).subarray(0, 40),
  'an FLV whose last size is missing': flvWithoutMetadata(Buffer.alloc(50), 2).subarray(0, -4),
  'an FLV whose sizes are wrong': Buffer.concat([flv(Buffer.alloc(50), 2).subarray(0, -1), Buffer.from([9])]),
  'an FLV without tags': Buffer.from('FLV\x01\x05\0\0\0\x09 something else altogether', 'latin1'),
  'an MP4 whose last box has no end': Buffer.concat([
    box('ftyp', Buffer.from('isom')),
    box('moov', Buffer.alloc(9)),
    Buffer.from('\0\0\0\0mdat and so on', 'latin1'),
  ]),
  'an MP4 in fragments without an index of them': Buffer.concat([
    box('ftyp', Buffer.from('iso5')),
    ...['moov', 'moof', 'mdat'].map((type) => box(type, Buffer.alloc(9))),
  ]),
  'a live WebM': ebml('webm', Buffer.alloc(500), true),
  'a WebM with something behind it': Buffer.concat([ebml('webm', Buffer.alloc(50)), Buffer.from('!')]),
  'a zip that breaks off': Buffer.from('PK\x03\x04 and no directory'),
  'an Ogg whose recorder was stopped':
    wholeFiles.ogv?.(Buffer.alloc(9), 2).subarray(0, -37) ?? Buffer.alloc(0),
  'an AVI whose recorder crashed': riff('AVI ', Buffer.alloc(500), 0),
  'an AVI that counts its own header': riff('AVI ', Buffer.alloc(500), 512),
  'a gzip with something behind it': Buffer.concat([gzipSync('text'), Buffer.alloc(20)]),
  'a gzip with damage': damaged(gzipSync(Buffer.alloc(200, 'text'))),
};

function damaged(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  copy.writeUInt32LE(7, copy.length - 8);
  return copy;
}

for (const [name, file] of Object.entries(odd)) {
  test(`${name} proves nothing, and is not certainly cut`, async () => {
    assert.equal(await endOf(file), 'open');
  });
}

test('several gzip members are one file', async () => {
  assert.equal(await endOf(Buffer.concat([gzipSync('one'), gzipSync('two')]), [5]), 'proven');
});

test('what unpacks to more than is looked at proves nothing', async () => {
  const bomb = gzipSync(Buffer.alloc(5_000_000));
  for (const limit of [4_000_000, 5_000_000]) {
    const proof = new GzipMembers(limit);
    for (let at = 0; at < bomb.length; at += 100) await proof.add(bomb.subarray(at, at + 100));
    assert.equal(await proof.end(), limit < 5_000_000 ? 'open' : 'proven');
  }
});
