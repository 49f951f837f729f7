import type { End, EndProof } from './end-proof.ts';
import { FileParts, type Grammar } from './file-parts.ts';

const fixedHeader = 27;
const firstPage = 0x02;
const lastPage = 0x04;
/** Streams that may be open at once. Of a file with more, which is no recording, nothing is proven. */
const mostStreams = 256;

/** Ogg: pages of one or more streams. A file is whole when every stream that began has had its last page. Source: RFC 3533. */
export class OggPages implements EndProof, Grammar {
  readonly #parts = new FileParts(this);
  /** Serial numbers of the streams that have begun and not ended. */
  readonly #open = new Set<number>();
  #pages = 0;
  #hasBegun = false;
  #isCrowded = false;

  add(chunk: Uint8Array): undefined {
    this.#parts.add(chunk);
  }

  end(): End {
    const { place } = this.#parts;
    if (place === 'between' && this.#hasBegun && !this.#isCrowded && this.#open.size === 0) return 'proven';
    return place === 'content' && this.#pages > 1 ? { problem: 'cut off within a page' } : 'open';
  }

  headerLength(known: Buffer): number {
    return fixedHeader + (known.length >= fixedHeader ? known.readUInt8(26) : 0);
  }

  begin(header: Buffer): number | null {
    if (header.toString('latin1', 0, 5) !== 'OggS\0') return null;
    this.#pages += 1;
    this.#note(header.readUInt8(5), header.readUInt32LE(14));
    return header.subarray(fixedHeader).reduce((sum, length) => sum + length, 0);
  }

  #note(flags: number, serial: number): void {
    if (flags & firstPage) {
      this.#hasBegun = true;
      if (this.#open.size < mostStreams) this.#open.add(serial);
      else this.#isCrowded = true;
    }
    if (flags & lastPage) this.#open.delete(serial);
  }
}
