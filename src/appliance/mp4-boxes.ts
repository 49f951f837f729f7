const smallHeader = 8;
const largeHeader = 16;

/**
 * Follows the boxes of an MP4 as its bytes go by, wherever the chunks are cut, and holds none of them. A file is whole
 * when its last box is complete and there is an index (`moov`) among them.
 */
export class Mp4Boxes {
  readonly #header = Buffer.alloc(largeHeader);
  #filled = 0;
  /** Bytes of the present box that are still to come. */
  #left = 0;
  #hasIndex = false;
  #isBroken = false;

  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#isBroken; ) {
      const taken = this.#left > 0 ? this.#skip(chunk.length - at) : this.#read(chunk, at);
      at += taken;
    }
  }

  /** What is wrong now that no more will come; null when nothing is. */
  problem(): 'cut off' | 'without index' | 'malformed' | null {
    if (this.#isBroken) return 'malformed';
    const isOpen = this.#filled > 0 || (this.#left > 0 && this.#left !== Number.POSITIVE_INFINITY);
    if (isOpen) return 'cut off';
    return this.#hasIndex ? null : 'without index';
  }

  #skip(available: number): number {
    const taken = Math.min(available, this.#left);
    this.#left -= taken;
    return taken;
  }

  /** Takes bytes of a header, and begins the box once its length is known. */
  #read(chunk: Uint8Array, at: number): number {
    const wanted = this.#headerLength - this.#filled;
    const part = chunk.subarray(at, at + wanted);
    this.#header.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled >= smallHeader && this.#filled === this.#headerLength) this.#begin();
    return part.length;
  }

  /** A size of 1 says that the true one follows in 64 bits. */
  get #headerLength(): number {
    return this.#filled >= smallHeader && this.#header.readUInt32BE(0) === 1 ? largeHeader : smallHeader;
  }

  #begin(): void {
    const size = this.#header.readUInt32BE(0);
    const length = size === 1 ? Number(this.#header.readBigUInt64BE(8)) : size;
    this.#hasIndex ||= this.#header.toString('latin1', 4, 8) === 'moov';
    // A size of 0: the box reaches to the end of the file.
    this.#left = size === 0 ? Number.POSITIVE_INFINITY : length - this.#filled;
    this.#isBroken = this.#left < 0;
    this.#filled = 0;
  }
}
