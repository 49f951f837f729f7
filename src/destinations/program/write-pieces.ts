import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** How long it is waited for what explains a broken pipe: as a rule the program has just ended. */
export const explanationMs = 1_000;

/**
 * Writes at the pace of the reader: no more than a piece and the stream's own buffer are held. `onTaken` is called when
 * the reader has read on. Rejects with the reason of `stop`, or because the pipe is broken.
 */
export async function writePieces(
  stream: Writable,
  pieces: Iterable<string>,
  stop: AbortSignal,
  onTaken: () => void,
): Promise<void> {
  for (const piece of pieces) {
    stop.throwIfAborted();
    if (stream.write(piece, 'latin1')) continue;
    try {
      await once(stream, 'drain', { signal: stop });
    } catch (error) {
      stop.throwIfAborted();
      // How the program ended says more than a broken pipe, and comes a moment later.
      await once(stop, 'abort', { signal: AbortSignal.timeout(explanationMs) }).catch(() => {});
      stop.throwIfAborted();
      throw error;
    }
    onTaken();
  }
}
