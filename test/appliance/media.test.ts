import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type MediaSpec, media, mediaBytes, mediaSha256 } from './media.ts';

function whole(spec: MediaSpec): Buffer {
  return Buffer.concat([...mediaBytes(spec)]);
}

/** Names and sizes of the boxes of an MP4, at its top level. */
function boxes(file: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < file.length; ) {
    const size = file.readUInt32BE(at);
    found.push(file.toString('latin1', at + 4, at + 8));
    at += size === 1 ? Number(file.readBigUInt64BE(at + 8)) : size;
    assert.ok(at <= file.length, 'a box reaches beyond the file');
  }
  return found;
}

describe('a generated file', () => {
  for (const format of ['mp4', 'flv', 'webm', 'text', 'nsb'] as const) {
    for (const size of [256, 4096, 65_536, 200_001]) {
      it(`has its size and its hash: ${format} of ${size} bytes`, () => {
        const spec = media({ format, size });
        const bytes = whole(spec);
        assert.equal(bytes.length, size);
        assert.equal(mediaSha256(spec), createHash('sha256').update(bytes).digest('hex'));
      });
    }
  }

  it('begins as its format does', () => {
    assert.equal(whole(media({ format: 'mp4' })).toString('latin1', 4, 8), 'ftyp');
    assert.equal(whole(media({ format: 'flv' })).toString('latin1', 0, 4), 'FLV\u0001');
    assert.equal(whole(media({ format: 'webm' })).toString('hex', 0, 4), '1a45dfa3');
  });

  it('is a sequence of MP4 boxes, its index where it is wanted', () => {
    assert.deepEqual(boxes(whole(media({ moov: 'last' }))), ['ftyp', 'mdat', 'moov']);
    assert.deepEqual(boxes(whole(media({ moov: 'first' }))), ['ftyp', 'moov', 'mdat']);
    assert.deepEqual(boxes(whole(media({ moov: 'missing' }))), ['ftyp', 'mdat']);
  });

  it('is a sequence of FLV tags, each with its size behind it', () => {
    for (const size of [256, 65_549, 131_085, 200_000]) {
      const file = whole(media({ format: 'flv', size }));
      let at = 13;
      while (at < file.length) {
        const length = 11 + file.readUIntBE(at + 1, 3);
        assert.equal(file.readUInt32BE(at + length), length);
        at += length + 4;
      }
      assert.equal(at, size);
    }
  });

  it('is a WebM segment of known size', () => {
    const file = whole(media({ format: 'webm', size: 5000 }));
    const segment = file.indexOf('18538067', 0, 'hex');
    assert.equal(segment, 5 + file.readUInt8(4) - 0x80);
    assert.equal(Number(file.readBigUInt64BE(segment + 4) & 0xffffffffffffffn), 5000 - segment - 12);
  });

  it('differs by seed, and within itself', () => {
    assert.notEqual(mediaSha256(media({ seed: 1 })), mediaSha256(media({ seed: 2 })));
    const bytes = whole(media({ size: 300_000 }));
    assert.notDeepEqual(bytes.subarray(65_536, 131_072), bytes.subarray(131_072, 196_608));
  });

  it('can be made from anywhere to anywhere', () => {
    for (const kind of [
      { moov: 'first' },
      { moov: 'last' },
      { format: 'flv' },
      { format: 'webm' },
    ] as const) {
      const spec = media({ size: 150_000, ...kind });
      const bytes = whole(spec);
      for (const [from, to] of [
        [0, 10],
        [20, 60],
        [39, 65_600],
        [65_536, 131_072],
        [65_545, 65_552],
        [149_900, 150_000],
        [149_950, 149_960],
        [150_000, 150_000],
      ] as const) {
        assert.deepEqual(
          Buffer.concat([...mediaBytes(spec, from, to)]),
          bytes.subarray(from, to),
          `${from} to ${to}`,
        );
      }
    }
  });
});
