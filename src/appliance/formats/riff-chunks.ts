import type { End, EndProof } from './end-proof.ts';
import { FileParts, type Grammar } from './file-parts.ts';

const headerBytes = 12;
/** Some writers give the size of the file in place of that of its content, or round up. */
const oftenMiscounted = 8;

/** AVI: a RIFF chunk, and where it is long more of them. Recorders that crash leave its size at 0. Source: OpenDML 1.02. */
export class RiffChunks implements EndProof, Grammar {
  readonly #parts = new FileParts(this);
  #chunks = 0;

  add(chunk: Uint8Array): undefined {
    this.#parts.add(chunk);
  }

  end(): End {
    const { place, left } = this.#parts;
    if (place === 'between' && this.#chunks > 0) return 'proven';
    const isCut = place === 'content' && left !== Number.POSITIVE_INFINITY && left > oftenMiscounted;
    return isCut ? { problem: 'shorter than its RIFF chunk' } : 'open';
  }

  headerLength(): number {
    return headerBytes;
  }

  begin(header: Buffer): number | null {
    const type = header.toString('latin1', 8);
    if (header.toString('latin1', 0, 4) !== 'RIFF') return null;
    if (type !== (this.#chunks === 0 ? 'AVI ' : 'AVIX')) return null;
    this.#chunks += 1;
    const size = header.readUInt32LE(4);
    return size === 0 || size === 0xffffffff ? Number.POSITIVE_INFINITY : size - 4;
  }
}
