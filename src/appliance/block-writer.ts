import { createHash } from 'node:crypto';
import type { OpenFile } from '../platform/file-system.ts';
import { killPoint } from '../platform/kill-point.ts';

const blockSize = 1_048_576;
/** One is filled while the others are written: a disk does not take each of them equally fast. */
const mostBlocks = 4;
/** After so many bytes the disk begins to make durable what it has, so that little is left for the end. */
const syncEvery = 67_108_864;

/**
 * Writes what comes in small pieces to a file in large blocks, one after the other, and works out its SHA-256 while
 * the system writes.
 */
export class BlockWriter {
  readonly #file: OpenFile;
  readonly #hash = createHash('sha256');
  readonly #queue: { readonly block: Buffer; readonly written: Promise<void> }[] = [];
  #block: Buffer = Buffer.allocUnsafeSlow(blockSize);
  #filled = 0;
  #written: Promise<void> = Promise.resolve();
  #synced: Promise<void> = Promise.resolve();
  #unsynced = 0;
  /** Bytes that were added. */
  bytes = 0;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** Takes the chunk's bytes; a promise only when the caller should wait. Throws the system's errors. */
  add(chunk: Uint8Array): Promise<void> | null {
    if (this.#filled + chunk.length > blockSize) return this.#addInParts(chunk);
    this.#copy(chunk);
    return null;
  }

  /** Makes everything durable; resolves with the hash, in hex. */
  async finish(): Promise<string> {
    this.#flush();
    await this.#written;
    killPoint('download:written');
    await this.#synced;
    await this.#file.sync();
    killPoint('download:synced');
    return this.#hash.digest('hex');
  }

  /** Waits for what is being written, so that the file can be closed. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#written, this.#synced]);
  }

  async #addInParts(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#filled === blockSize) await this.#nextBlock();
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

  async #nextBlock(): Promise<void> {
    this.#flush();
    const oldest = this.#queue.length < mostBlocks ? null : this.#queue.shift();
    await oldest?.written;
    this.#block = oldest?.block ?? Buffer.allocUnsafeSlow(blockSize);
    this.#filled = 0;
  }

  /** Hands the block over. A failure is thrown where it is waited for, and must not count as unhandled until then. */
  #flush(): void {
    const full = this.#block.subarray(0, this.#filled);
    this.#written = this.#written.then(() => this.#file.write(full));
    this.#written.catch(() => {});
    this.#queue.push({ block: this.#block, written: this.#written });
    this.#hash.update(full);
    this.#unsynced += full.length;
    if (this.#unsynced >= syncEvery) this.#syncInPassing();
  }

  /** One after the other. A failure is thrown at the end: the system reports it no second time. */
  #syncInPassing(): void {
    this.#unsynced = 0;
    this.#synced = this.#synced.then(() => this.#file.sync());
    this.#synced.catch(() => {});
  }
}
