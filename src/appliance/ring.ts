const capacity = 4_194_304;
/** So much is worth the effort of taking it. */
const least = 262_144;

/** Bytes of a ring that lie in one piece. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

/** Bytes on their way from one who brings them to all who take them, in memory of a fixed size that threads share. */
export class Ring {
  readonly memory = new SharedArrayBuffer(capacity);
  readonly #bytes = Buffer.from(this.memory);
  /** Bytes that were put in since the beginning. */
  filled = 0;

  /** Puts in as much of the chunk as fits when everything from byte `kept` on stays; returns how much that was. */
  put(chunk: Uint8Array, kept: number): number {
    const offset = this.filled % capacity;
    const length = Math.min(chunk.length, kept + capacity - this.filled, capacity - offset);
    Buffer.from(chunk.buffer, chunk.byteOffset, length).copy(this.#bytes, offset);
    this.filled += length;
    return length;
  }

  /** What follows `position`, up to a multiple of `most`. */
  partFrom(position: number, most: number): Part {
    return {
      offset: position % capacity,
      length: Math.min(this.filled - position, most - (position % most)),
    };
  }

  bytesOf({ offset, length }: Part): Buffer {
    return this.#bytes.subarray(offset, offset + length);
  }
}

/** Takes all bytes of a ring, in their order and at its own pace. */
export class Taker {
  readonly #ring: Ring;
  readonly #most: number;
  readonly #take: (part: Part) => Promise<void>;
  #atWork = false;
  #work: Promise<void> = Promise.resolve();
  #present: Promise<void> = Promise.resolve();
  /** The bytes before this one were taken. */
  position = 0;

  /** @param most bytes that are taken at a time; the ring holds a multiple of that */
  constructor(ring: Ring, most: number, take: (part: Part) => Promise<void>) {
    this.#ring = ring;
    this.#most = most;
    this.#take = take;
  }

  /** To be called when bytes were put in. */
  wake(): void {
    if (!this.#atWork && this.#ring.filled - this.position >= least) this.#begin(least);
  }

  /** Resolves when there is more room than now. Only for a full ring. */
  room(): Promise<void> {
    return this.#present;
  }

  /** Takes what is left, once no more will come. */
  async finish(): Promise<void> {
    await this.#work;
    this.#begin(1);
    await this.#work;
  }

  /** Resolves when nothing is under way, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#work]);
  }

  #begin(enough: number): void {
    this.#atWork = true;
    this.#work = awaitedLater(this.#takeWhile(enough));
  }

  /** After a failure it counts as at work for ever: nothing that follows is taken. */
  async #takeWhile(enough: number): Promise<void> {
    while (this.#ring.filled - this.position >= enough) {
      this.#present = awaitedLater(this.#takePart());
      await this.#present;
    }
    this.#atWork = false;
  }

  async #takePart(): Promise<void> {
    const part = this.#ring.partFrom(this.position, this.#most);
    await this.#take(part);
    this.position += part.length;
  }
}

/** A failure is thrown where the promise is awaited, and must not count as unhandled until then. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
