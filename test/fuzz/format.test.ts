import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { End } from '../../src/appliance/formats/end-proof.ts';
import { formatOf } from '../../src/appliance/formats/formats.ts';
import { plainBytes } from '../../src/appliance/plain-bytes.ts';
import { wholeFiles } from '../appliance-client/formats/files.ts';
import { fuzz } from './fuzz.ts';
import { composed, inPieces, mutated, pieces } from './mutations.ts';

// Of an AVI that goes on in further RIFF chunks, the beginning up to one of them cannot be told from a whole one.
const files = Object.entries(wholeFiles).map(([name, file]) =>
  file(Buffer.from('the content of a recording, such as it is'), name === 'avi' ? 1 : 3),
);
const words = [
  ...[
    'FLV\x01\x05\0\0\0\x09\0\0\0\0',
    'OggS\0',
    'OggS\0\x02',
    'OggS\0\x04',
    'RIFF',
    'AVI ',
    'AVIX',
    'PK\x05\x06',
    'PK\x06\x07',
    'PK\x06\x06',
  ],
  ...[
    '\0\0\0\x08moov',
    '\0\0\0\x08mdat',
    '\0\0\0\x08mfra',
    '\0\0\0\x01mdat',
    '\0\0\0\0mdat',
    '\0\0\0\x08free',
    'ftyp',
    '\0\0\0\x01',
    '\0\0\0\0',
  ],
  ...[
    '\x1a\x45\xdf\xa3\x80',
    '\x18\x53\x80\x67\xff',
    '\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff',
    '\xec\x80',
    '\x1f\x8b\x08\0\0\0\0\0\0\0',
  ],
  ...[
    '\xff\xff\xff\xff',
    '\xff\xff\xff\xff\xff\xff\xff\xff',
    '\x12\0\0\0',
    '\x09\0\0\0',
    '\0\x08filesize\0',
    '\x7f\xff\xff\xff\xff\xff\xff\xff',
  ],
].map((word) => Buffer.from(word, 'latin1'));

async function endOf(bytes: Buffer, lengths: readonly number[]): Promise<End | null> {
  const proof = formatOf(bytes)?.proveEnd?.();
  if (proof === undefined) return null;
  for (const piece of inPieces(bytes, lengths)) await proof.add(piece);
  return proof.end();
}

test('the end of any file is judged alike in whatever pieces it comes', async (t) => {
  const inputs = fc.oneof(
    { weight: 3, arbitrary: mutated(files, words) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...words), composed(words)).map((parts) => Buffer.concat(parts)),
    },
  );
  await fuzz(t, fc.tuple(inputs, pieces), 3000, async ([bytes, lengths]) => {
    const end = await endOf(bytes, []);
    assert.deepEqual(await endOf(bytes, lengths), end);
    assert.ok(end === null || end === 'proven' || end === 'open' || typeof end.problem === 'string');
  });
});

test('no beginning of a whole file is taken for a whole one', async (t) => {
  await fuzz(
    t,
    fc.tuple(fc.constantFrom(...files), fc.nat({ max: 2 ** 20 }), pieces),
    2000,
    async ([file, at, lengths]) => {
      assert.notEqual(await endOf(file.subarray(0, at % file.length), lengths), 'proven');
    },
  );
});

test('what is unpacked or translated of any bytes has a limit', async (t) => {
  const inputs = fc.oneof(mutated(files, words), composed(['\x1f\x8b', '\xff\xfe', '<\0', ...words]));
  await fuzz(t, inputs, 2000, (bytes) => {
    assert.ok(plainBytes(bytes).length <= Math.max(4_194_304, 2 * bytes.length));
  });
});

/** Parts of files that may come any number of times, each with a number of its own. */
const parts: Readonly<Record<string, readonly [head: string, part: (number: number) => Buffer]>> = {
  mp4: ['\0\0\0\x08ftyp', (number) => Buffer.concat([Buffer.from([0, 0, 0, 8]), numbered(number)])],
  ogg: [
    '',
    (number) =>
      Buffer.concat([Buffer.from('OggS\0\x02\0\0\0\0\0\0\0\0', 'latin1'), numbered(number), Buffer.alloc(9)]),
  ],
  flv: ['FLV\x01\x05\0\0\0\x09\0\0\0\0', () => Buffer.from('\x12\0\0\0\0\0\0\0\0\0\0\0\0\0\x0b', 'latin1')],
  avi: ['RIFF\x04\0\0\0AVI ', () => Buffer.from('RIFF\x04\0\0\0AVIX', 'latin1')],
  mkv: ['\x1a\x45\xdf\xa3\x80', () => Buffer.from('\xec\x80', 'latin1')],
};

function numbered(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

for (const [name, [head, part]] of Object.entries(parts)) {
  test(`of ${name} no more is kept the more parts it has`, (t) => {
    const bytes = Buffer.concat([
      Buffer.from(head, 'latin1'),
      ...Array.from({ length: 20_000 }, (_, index) => part(index)),
    ]);
    const proof = formatOf(bytes)?.proveEnd?.();
    assert.ok(proof !== undefined);
    let most = 0;
    const { add } = Set.prototype;
    t.mock.method(Set.prototype, 'add', function (this: Set<unknown>, value: unknown) {
      most = Math.max(most, this.size);
      return add.call(this, value);
    });
    for (let at = 0; at < bytes.length; at += 65_536) void proof.add(bytes.subarray(at, at + 65_536));
    t.mock.restoreAll();
    assert.ok(most <= 1000, `${most} things are kept`);
  });
}
