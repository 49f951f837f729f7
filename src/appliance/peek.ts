/** The beginning of a stream, and the whole of it as if nothing had been read. */
export interface Peeked {
  readonly head: Buffer;
  /** The stream is no longer than its head. */
  readonly isWhole: boolean;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** So many blanks at the beginning are passed over. A stream of which more come is not read on: it may have no end. */
export const mostBlanks = 65_536;

/** Reads until there are `wanted` bytes, or more as they come, or no more; blanks at the beginning do not count. */
export async function peek(stream: AsyncIterable<Uint8Array>, wanted: number): Promise<Peeked> {
  const iterator = stream[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let useful = 0;
  let blanks = 0;
  let isWhole = false;
  while (useful < wanted && blanks <= mostBlanks && !isWhole) {
    const next = await iterator.next();
    if (next.done) isWhole = true;
    else {
      chunks.push(next.value);
      if (useful === 0 && isBlank(next.value)) blanks += next.value.length;
      else useful += next.value.length;
    }
  }
  return { head: Buffer.concat(chunks), isWhole, bytes: resumed(chunks, iterator) };
}

function isBlank(chunk: Uint8Array): boolean {
  return chunk.every((byte) => byte === 32 || (byte >= 9 && byte <= 13));
}

function resumed(
  chunks: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  let next = 0;
  const whole: AsyncIterator<Uint8Array> = {
    next: async () => {
      const chunk = chunks[next];
      if (chunk === undefined) return iterator.next();
      next += 1;
      return { done: false, value: chunk };
    },
    return: async () => {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => whole };
}
