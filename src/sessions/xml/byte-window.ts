const usualSize = 262_144;

/** The part of a stream that must be at hand, in one piece. */
export class ByteWindow {
  /** Behind the last byte stands a 0, so that loops which stop at a 0 need no other bound. */
  bytes: Buffer = Buffer.alloc(usualSize);
  /** Where the bytes end. */
  until = 0;
  /** Offset in the stream of the first byte of `bytes`. */
  offset = 0;

  /** Adds a chunk, and may let go of what comes before `from`; tells how far the rest has moved down. */
  add(chunk: Uint8Array, from: number): number {
    const isFull = this.until + chunk.length >= this.bytes.length;
    const moved = isFull || from === this.until ? this.#drop(from, chunk.length) : 0;
    this.bytes.set(chunk, this.until);
    this.until += chunk.length;
    this.bytes[this.until] = 0;
    return moved;
  }

  /** Makes room for `wanted` bytes, in a larger buffer if need be, and in one of the usual size when that will do. */
  #drop(from: number, wanted: number): number {
    const kept = this.until - from;
    const needed = kept + wanted + 1;
    const { bytes } = this;
    if (needed > bytes.length) this.bytes = Buffer.alloc(Math.max(needed, bytes.length * 2));
    else if (needed < usualSize && bytes.length > usualSize) this.bytes = Buffer.alloc(usualSize);
    this.bytes.set(bytes.subarray(from, this.until));
    this.until = kept;
    this.offset += from;
    return from;
  }
}
