import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { codeOf } from '../unreachable.ts';
import type { End, EndProof } from './end-proof.ts';

/** A recording that unpacks to more is not looked at to its end: a few megabytes may unpack to terabytes. */
const mostUnpacked = 64 * 1024 ** 3;

/**
 * gzip: each member ends with the checksum and the length of what was packed, which unpacking it compares. What is
 * unpacked is thrown away. Source: RFC 1952.
 */
export class GzipMembers implements EndProof {
  readonly #gunzip = createGunzip();
  readonly #limit: number;
  #packed = 0;
  #unpacked = 0;

  constructor(limit = mostUnpacked) {
    this.#limit = limit;
    this.#gunzip.on('data', (part: Buffer) => this.#count(part));
    // It is looked at in the end.
    this.#gunzip.on('error', () => {});
  }

  add(chunk: Uint8Array): Promise<void> | undefined {
    this.#packed += chunk.length;
    const { writable } = this.#gunzip;
    return !writable || this.#gunzip.write(chunk) ? undefined : this.#drained();
  }

  async end(): Promise<End> {
    if (this.#gunzip.writable) this.#gunzip.end();
    await finished(this.#gunzip).catch(() => {});
    const { errored, readableEnded, bytesWritten } = this.#gunzip;
    if (readableEnded && bytesWritten === this.#packed) return 'proven';
    return codeOf(errored) === 'Z_BUF_ERROR' ? { problem: 'cut off before its checksum' } : 'open';
  }

  #count(part: Buffer): void {
    this.#unpacked += part.length;
    if (this.#unpacked > this.#limit) this.#gunzip.destroy();
  }

  /** Also when it is given up in between. */
  async #drained(): Promise<void> {
    const over = new AbortController();
    const { signal } = over;
    try {
      await Promise.race([
        once(this.#gunzip, 'drain', { signal }),
        once(this.#gunzip, 'close', { signal }),
        once(this.#gunzip, 'end', { signal }),
      ]);
    } catch {
      // What is wrong with it is looked at in the end.
    } finally {
      over.abort();
    }
  }
}
