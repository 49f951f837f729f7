import { createHash } from 'node:crypto';
import type { OpenFile } from '../platform/file-system.ts';
import { killPoint } from '../platform/kill-point.ts';

const blockSize = 1_048_576;
/** After so many bytes the disk begins to make durable what it has, so that little is left for the end. */
const syncEvery = 67_108_864;

/**
 * Writes what comes in small pieces to a file in large blocks, and works out its SHA-256 while the system writes. Two
 * blocks: one is filled while the other is written.
 */
export class BlockWriter {
  readonly #file: OpenFile;
  readonly #hash = createHash('sha256');
  #block: Buffer = Buffer.allocUnsafeSlow(blockSize);
  #spare: Buffer = Buffer.allocUnsafeSlow(blockSize);
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  #unsynced = 0;
  #syncing: Promise<void> = Promise.resolve();
  /** Bytes that were added. */
  bytes = 0;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** Takes the chunk's bytes; a promise only when the caller should wait. Throws the system's errors. */
  add(chunk: Uint8Array): Promise<void> | null {
    if (this.#filled + chunk.length <= blockSize) {
      this.#copy(chunk);
      return null;
    }
    return this.#addSlowly(chunk);
  }

  /** Makes everything durable; resolves with the hash, in hex. */
  async finish(): Promise<string> {
    await this.#flush();
    await this.#writing;
    killPoint('download:written');
    await this.#syncing;
    await this.#file.sync();
    killPoint('download:synced');
    return this.#hash.digest('hex');
  }

  /** Waits for what is being written, so that the file can be closed. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing]);
  }

  async #addSlowly(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#filled === blockSize) await this.#flush();
      const part = chunk.subarray(at, at + blockSize - this.#filled);
      this.#copy(part);
      at += part.length;
    }
  }

  #copy(chunk: Uint8Array): void {
    this.#block.set(chunk, this.#filled);
    this.#filled += chunk.length;
    this.bytes += chunk.length;
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const block = this.#block;
    const full = block.subarray(0, this.#filled);
    this.#block = this.#spare;
    this.#spare = block;
    this.#filled = 0;
    if (full.length === 0) return;
    this.#writing = this.#file.write(full);
    // Awaited with the next block; until then a failure must not count as unhandled.
    this.#writing.catch(() => {});
    this.#hash.update(full);
    this.#unsynced += full.length;
    if (this.#unsynced >= syncEvery) this.#syncInPassing();
  }

  /** One after the other. A failure is thrown at the end: the system reports it no second time. */
  #syncInPassing(): void {
    this.#unsynced = 0;
    this.#syncing = this.#syncing.then(() => this.#file.sync());
    this.#syncing.catch(() => {});
  }
}
