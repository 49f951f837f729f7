import { hash } from 'node:crypto';
import type { OpenFile } from '../platform/file-system.ts';
import { type StreamHash, startStreamHash } from '../platform/hash-thread.ts';
import { killPoint } from '../platform/kill-point.ts';
import { awaitedLater, Ring, Taker } from './ring.ts';

/** After so many bytes the disk begins to make durable what it has, so that little is left for the end. */
const syncEvery = 67_108_864;
/**
 * How much is written, and hashed, at a time. Linux keeps what is written at once in memory of one piece, and has pieces of
 * this size at hand: larger ones it takes from memory that it has not used for long, which a virtual machine's host may
 * have taken back. Writing by 1 MiB was measured to take up to ten times as long there.
 */
const mostWritten = 262_144;
const mostHashed = 1_048_576;
/** A smaller file is not worth a thread. Less than the ring holds. */
const threadWorth = 1_048_576;

/**
 * Writes what comes in small pieces to a file, and works out its SHA-256 in passing: the system writes and another thread
 * hashes while more comes.
 */
export class RingWriter {
  readonly #file: OpenFile;
  readonly #ring = new Ring();
  readonly #writing = new Taker(this.#ring, mostWritten, async (part) => {
    const bytes = this.#ring.bytesOf(part);
    await this.#file.write(bytes);
    this.#unsynced += bytes.length;
    if (this.#unsynced >= syncEvery) this.#syncInPassing();
  });
  readonly #hashing = new Taker(this.#ring, mostHashed, (part) => this.#streamHash().update(part));
  #hash: StreamHash | null = null;
  #synced: Promise<void> = Promise.resolve();
  #unsynced = 0;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** Bytes that were added. */
  get bytes(): number {
    return this.#ring.filled;
  }

  /** Takes the chunk's bytes; a promise only when the caller should wait. Throws the system's errors. */
  add(chunk: Uint8Array): Promise<void> | null {
    const added = this.#put(chunk);
    return added === chunk.length ? null : this.#addRest(chunk.subarray(added));
  }

  /** Makes everything durable; resolves with the hash, in hex. */
  async finish(): Promise<string> {
    const digest = awaitedLater(this.#digest());
    await this.#writing.finish();
    killPoint('download:written');
    await this.#synced;
    await this.#file.sync();
    killPoint('download:synced');
    return digest;
  }

  /** Waits for what is under way, so that the file can be closed. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#writing.settled(), this.#hashing.settled(), this.#synced]);
    this.#hash?.close();
  }

  async #addRest(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      const slower = this.#hashing.position < this.#writing.position ? this.#hashing : this.#writing;
      await slower.room();
      rest = rest.subarray(this.#put(rest));
    }
  }

  #put(chunk: Uint8Array): number {
    const added = this.#ring.put(chunk, Math.min(this.#writing.position, this.#hashing.position));
    this.#writing.wake();
    if (this.bytes >= threadWorth) this.#hashing.wake();
    return added;
  }

  #streamHash(): StreamHash {
    this.#hash ??= startStreamHash(this.#ring.memory);
    return this.#hash;
  }

  /** One after the other. A failure is thrown at the end: the system reports it no second time. */
  #syncInPassing(): void {
    this.#unsynced = 0;
    this.#synced = awaitedLater(this.#synced.then(() => this.#file.sync()));
  }

  async #digest(): Promise<string> {
    if (this.bytes < threadWorth)
      return hash('sha256', this.#ring.bytesOf({ offset: 0, length: this.bytes }));
    await this.#hashing.finish();
    return this.#streamHash().digest();
  }
}
