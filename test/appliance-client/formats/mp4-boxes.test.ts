import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Mp4Boxes } from '../../../src/appliance/formats/mp4-boxes.ts';

function box(type: string, content: Uint8Array, large = false): Buffer {
  const header = Buffer.alloc(large ? 16 : 8);
  header.writeUInt32BE(large ? 1 : content.length + 8);
  header.write(type, 4, 'latin1');
  if (large) header.writeBigUInt64BE(BigInt(content.length + 16), 8);
  return Buffer.concat([header, content]);
}

const aBox = fc
  .tuple(fc.constantFrom('ftyp', 'free', 'mdat', 'moof'), fc.uint8Array({ maxLength: 40 }), fc.boolean())
  .map(([type, content, large]) => box(type, content, large));
const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });

function problemOf(file: Uint8Array, sizes: readonly number[]): string | null {
  const boxes = new Mp4Boxes();
  for (let at = 0, turn = 0; at < file.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    boxes.add(file.subarray(at, at + size));
    at += size;
  }
  return boxes.problem();
}

test('a file is whole with its index, however it is cut into chunks, and not a byte shorter', () => {
  fc.assert(
    fc.property(
      fc.array(aBox),
      fc.array(aBox),
      fc.uint8Array(),
      cuts,
      fc.nat(),
      (before, after, index, sizes, cut) => {
        const file = Buffer.concat([...before, box('moov', index), ...after]);
        assert.equal(problemOf(file, sizes), null);
        assert.equal(problemOf(Buffer.concat([...before, ...after]), sizes), 'without index');
        const last = (after.at(-1) ?? box('moov', index)).length;
        const short = file.subarray(0, file.length - 1 - (cut % (last - 1)));
        assert.equal(problemOf(short, sizes), 'cut off');
      },
    ),
  );
});

test('the last box may reach to the end of the file', () => {
  const mdat = Buffer.concat([Buffer.from('\0\0\0\0mdat', 'latin1'), Buffer.alloc(1000)]);
  assert.equal(problemOf(Buffer.concat([box('moov', Buffer.alloc(9)), mdat]), [7]), null);
  assert.equal(problemOf(mdat, [7]), 'without index');
});

test('a box that is shorter than its own header makes no file', () => {
  assert.equal(problemOf(Buffer.from('\0\0\0\x04moov', 'latin1'), [3]), 'malformed');
});
