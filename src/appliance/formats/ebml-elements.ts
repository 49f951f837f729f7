import type { End, EndProof } from './end-proof.ts';
import { FileParts, type Grammar } from './file-parts.ts';

const segment = 0x18538067;
/** What may stand beside a segment: the head of the file, and elements that fill up or check. */
const others = new Set([0x1a45dfa3, 0xec, 0xbf]);

/**
 * Matroska and WebM: a head and a segment, which tells its size. That of a live recording does not, and such a file may
 * end anywhere. Source: RFC 8794, RFC 9559.
 */
export class EbmlElements implements EndProof, Grammar {
  readonly #parts = new FileParts(this);
  #hasSegment = false;

  add(chunk: Uint8Array): undefined {
    this.#parts.add(chunk);
  }

  end(): End {
    const { place, left } = this.#parts;
    if (place === 'between' && this.#hasSegment) return 'proven';
    const isCut = place === 'content' && this.#hasSegment && left !== Number.POSITIVE_INFINITY;
    return isCut ? { problem: 'shorter than its segment' } : 'open';
  }

  /** The first byte of each of both fields tells their lengths by its leading zeros. */
  headerLength(known: Buffer): number {
    if (known.length === 0) return 1;
    const idLength = lengthOf(known[0]);
    return idLength + (known.length > idLength ? lengthOf(known[idLength]) : 1);
  }

  begin(header: Buffer): number | null {
    const idLength = lengthOf(header[0]);
    if (idLength > 4) return null;
    const id = header.readUIntBE(0, idLength);
    if (id !== segment && !others.has(id)) return null;
    this.#hasSegment ||= id === segment;
    return sizeOf(header.subarray(idLength));
  }
}

function lengthOf(first = 0): number {
  return Math.min(8, Math.clz32(first) - 23);
}

/** All bits set: the size is not known. */
function sizeOf(field: Buffer): number {
  const digits = field.toString('hex');
  const mostOfLength = 2n ** BigInt(7 * field.length) - 1n;
  const size = BigInt(`0x${digits}`) & mostOfLength;
  return size === mostOfLength ? Number.POSITIVE_INFINITY : Number(size);
}
