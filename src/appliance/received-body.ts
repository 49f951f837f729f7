import type { AnswerBody } from './http.ts';

/**
 * Bytes that wait for the reader before the sender is held back, and below which it may go on. Few: what waits for long is
 * taken for lasting by the garbage collector, and fast downloads would have it collect all of its memory again and again.
 */
const highWater = 131_072;
const lowWater = 65_536;

/** The connection that a body comes over. */
export interface BodySource {
  pause(): void;
  resume(): void;
  cancel(): void;
}

/** A body between the connection, which pushes, and one reader, who pulls. What came before a failure is still read. */
export class ReceivedBody implements AnswerBody, AsyncIterator<Uint8Array, undefined> {
  readonly #source: BodySource;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #paused = false;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;

  constructor(source: BodySource) {
    this.#source = source;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting >= highWater && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure ??= { error };
    this.end();
  }

  discard(): void {
    this.#chunks = [];
    if (this.#ended) return;
    this.#ended = true;
    this.#source.cancel();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (this.#chunks.length === 0 && !this.#ended) await this.#more();
    const chunk = this.#take();
    if (chunk !== undefined) return { done: false, value: chunk };
    if (this.#failure !== null) throw this.#failure.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.discard();
    return { done: true, value: undefined };
  }

  #take(): Uint8Array | undefined {
    // The queue is short: a few dozen chunks at most.
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#waiting -= chunk.length;
    if (this.#paused && !this.#ended && this.#waiting < lowWater) {
      this.#paused = false;
      this.#source.resume();
    }
    return chunk;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }
}
