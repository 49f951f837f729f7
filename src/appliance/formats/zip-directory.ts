import type { End, EndProof } from './end-proof.ts';

const endRecord = 22;
const longestComment = 65_535;
const zip64Locator = 20;
const zip64Record = 56;
const mostOfTail = endRecord + longestComment + zip64Locator + zip64Record;

const endSignature = 0x06054b50;
const locatorSignature = 0x07064b50;
const zip64Signature = 0x06064b50;

/**
 * ZIP: whole when its last bytes are the record of its end, and the directory that this record describes ends right
 * before it. Readers of streams unpack a file without that as far as it goes, so nothing is certain where it is missing.
 * Source: PKWARE APPNOTE 6.3.10, 4.3.14 to 4.3.16.
 */
export class ZipDirectory implements EndProof {
  #chunks: Uint8Array[] = [];
  #kept = 0;
  #bytes = 0;
  #tail = Buffer.alloc(0);

  /** Keeps the last chunks as they are: copying the tail for each of them would cost more than receiving it. */
  add(chunk: Uint8Array): undefined {
    this.#bytes += chunk.length;
    this.#kept += chunk.length;
    this.#chunks.push(chunk);
    for (
      let first = this.#chunks[0];
      first && this.#kept - first.length >= mostOfTail;
      first = this.#chunks[0]
    ) {
      this.#kept -= first.length;
      this.#chunks.shift();
    }
  }

  end(): End {
    this.#tail = Buffer.concat(this.#chunks).subarray(-mostOfTail);
    const first = Math.max(0, this.#tail.length - endRecord - longestComment);
    for (let at = this.#tail.length - endRecord; at >= first; at -= 1) {
      if (this.#isEnd(at)) return 'proven';
    }
    return 'open';
  }

  #isEnd(at: number): boolean {
    const tail = this.#tail;
    if (tail.readUInt32LE(at) !== endSignature) return false;
    if (at + endRecord + tail.readUInt16LE(at + 20) !== tail.length) return false;
    const directoryEnd = tail.readUInt32LE(at + 12) + tail.readUInt32LE(at + 16);
    return directoryEnd === this.#offsetOf(at) || this.#hasZip64End(at - zip64Locator);
  }

  #hasZip64End(locator: number): boolean {
    const record = locator - zip64Record;
    const tail = this.#tail;
    if (record < 0 || tail.readUInt32LE(locator) !== locatorSignature) return false;
    if (tail.readUInt32LE(record) !== zip64Signature) return false;
    const directoryEnd = Number(tail.readBigUInt64LE(record + 40) + tail.readBigUInt64LE(record + 48));
    return directoryEnd === this.#offsetOf(record);
  }

  #offsetOf(at: number): number {
    return this.#bytes - this.#tail.length + at;
  }
}
