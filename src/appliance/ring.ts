const capacity = 4_194_304;

/** Bytes of a ring that lie in one piece. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

/** Bytes on their way from one who brings them to one who takes them, in memory of a fixed size that threads share. */
export class Ring {
  readonly memory = new SharedArrayBuffer(capacity);
  readonly #bytes = Buffer.from(this.memory);
  /** Bytes that were put in since the beginning, and taken out. */
  filled = 0;
  taken = 0;

  /** Puts in as much of the chunk as there is room for in one piece; returns how much that was. */
  put(chunk: Uint8Array): number {
    const offset = this.filled % capacity;
    const length = Math.min(chunk.length, this.taken + capacity - this.filled, capacity - offset);
    Buffer.from(chunk.buffer, chunk.byteOffset, length).copy(this.#bytes, offset);
    this.filled += length;
    return length;
  }

  /** What is to be taken next, up to a multiple of `most`. */
  nextPart(most: number): Part {
    const { filled, taken } = this;
    return { offset: taken % capacity, length: Math.min(filled - taken, most - (taken % most)) };
  }

  bytesOf({ offset, length }: Part): Buffer {
    return this.#bytes.subarray(offset, offset + length);
  }
}
