const usualSize = 262_144;
/** What is larger grows by a part of itself, since both the old and the new piece are in memory while it moves. */
const largeSize = 16_777_216;

/**
 * The part of a stream that must be at hand, in one piece. Bytes that stand in a buffer stay as they are: when it is
 * full, another one is begun. So what was found in it can be kept as it is, without a copy.
 */
export class ByteWindow {
  /** Behind the last byte stands a 0, so that loops which stop at a 0 need no other bound. */
  bytes: Buffer = Buffer.allocUnsafeSlow(usualSize);
  /** Where the bytes end. */
  until = 0;
  /** Offset in the stream of the first byte of `bytes`. */
  offset = 0;

  /** Adds a chunk, and may let go of what comes before `from`; tells how far the rest has moved down. */
  add(chunk: Uint8Array, from: number): number {
    const isFull = this.until + chunk.length >= this.bytes.length;
    if (isFull) this.#beginAnother(from, chunk.length);
    this.bytes.set(chunk, this.until);
    this.until += chunk.length;
    this.bytes[this.until] = 0;
    return isFull ? from : 0;
  }

  /** Room grows in proportion while one record outgrows it, and with it what is moved to what comes. */
  #beginAnother(from: number, wanted: number): void {
    const kept = this.bytes.subarray(from, this.until);
    const needed = kept.length + wanted;
    const size = Math.ceil(Math.max(usualSize, needed * (needed < largeSize ? 2 : 1.25)));
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.bytes.set(kept);
    this.until = kept.length;
    this.offset += from;
  }
}
