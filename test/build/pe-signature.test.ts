import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSignature } from '../../build/pe-signature.mjs';

const header = 0x80;
const optional = header + 24;
const entry = optional + 112 + 32;

/** The least of a 64-bit executable: headers, some code, and a certificate table behind it. */
function executable(signature: Buffer): Buffer {
  const image = Buffer.alloc(1024, 0xcc);
  image.writeUInt32LE(header, 0x3c);
  image.write('PE\0\0', header, 'latin1');
  image.writeUInt16LE(0x20b, optional);
  image.writeUInt32LE(0x12345678, optional + 64);
  image.writeUInt32LE(signature.length === 0 ? 0 : image.length, entry);
  image.writeUInt32LE(signature.length, entry + 4);
  return Buffer.concat([image, signature]);
}

test('a signature goes with its entry and the checksum, and everything else stays', () => {
  const signed = executable(Buffer.alloc(64, 0x30));
  const stripped = withoutSignature(signed);
  assert.equal(stripped.length, 1024);
  assert.deepEqual([stripped.readUInt32LE(entry), stripped.readUInt32LE(entry + 4)], [0, 0]);
  assert.equal(stripped.readUInt32LE(optional + 64), 0);
  const restored = Buffer.from(stripped);
  signed.copy(restored, entry, entry, entry + 8);
  signed.copy(restored, optional + 64, optional + 64, optional + 68);
  assert.ok(restored.equals(signed.subarray(0, 1024)));
});

test('an executable without a signature is left as it is', () => {
  const unsigned = executable(Buffer.alloc(0));
  assert.equal(withoutSignature(unsigned), unsigned);
});

test('what is no executable, or has something behind its signature, is refused', () => {
  assert.throws(() => withoutSignature(Buffer.alloc(256)), /no PE file/);
  const followed = Buffer.concat([executable(Buffer.alloc(64, 0x30)), Buffer.from('more')]);
  assert.throws(() => withoutSignature(followed), /not at the end/);
});
