import type { End, EndProof } from './end-proof.ts';
import { FileParts, type Grammar } from './file-parts.ts';

const smallHeader = 8;
const largeHeader = 16;

/** The boxes that tell whether a file is whole. Others may be of any type, and of very many. */
const telling: ReadonlySet<string> = new Set(['moov', 'mdat', 'moof']);

/**
 * MP4, M4V and QuickTime: boxes. A file is whole when its last box is complete and there is an index (`moov`) among them.
 * Source: ISO/IEC 14496-12.
 */
export class Mp4Boxes implements EndProof, Grammar {
  readonly #parts = new FileParts(this);
  readonly #seen = new Set<string>();
  #last = '';

  add(chunk: Uint8Array): undefined {
    this.#parts.add(chunk);
  }

  end(): End {
    const problem = this.problem();
    if (problem !== null) return { problem };
    return this.#provesEnd() ? 'proven' : 'open';
  }

  /** What is wrong now that no more will come; null when nothing is. */
  problem(): 'cut off' | 'without index' | 'malformed' | null {
    const { place, left } = this.#parts;
    if (place === 'broken') return 'malformed';
    if (place === 'header' || (place === 'content' && left !== Number.POSITIVE_INFINITY)) return 'cut off';
    return this.#seen.has('moov') ? null : 'without index';
  }

  /** A size of 1 says that the true one follows in 64 bits. */
  headerLength(known: Buffer): number {
    return known.length >= smallHeader && known.readUInt32BE(0) === 1 ? largeHeader : smallHeader;
  }

  begin(header: Buffer): number {
    const size = header.readUInt32BE(0);
    this.#last = header.toString('latin1', 4, 8);
    if (telling.has(this.#last)) this.#seen.add(this.#last);
    // A size of 0: the box reaches to the end of the file.
    if (size === 0) return Number.POSITIVE_INFINITY;
    return (size === 1 ? Number(header.readBigUInt64BE(8)) : size) - header.length;
  }

  /**
   * The index and what it indexes must be there: either may come first, and the file may be cut between them. One in
   * fragments goes on with another fragment until the index of them all (`mfra`), which is its last box.
   */
  #provesEnd(): boolean {
    if (this.#parts.place !== 'between') return false;
    return this.#seen.has('moof') ? this.#last === 'mfra' : this.#seen.has('mdat');
  }
}
