import { hash } from 'node:crypto';
import type { FileFeed } from '../platform/file-feed.ts';
import type { OpenFile } from '../platform/file-system.ts';
import { killPoint } from '../platform/kill-point.ts';
import { Ring } from './ring.ts';

/** After so many bytes the disk begins to make durable what it has, so that little is left for the end. */
const syncEvery = 67_108_864;
/** So much is worth waking the other thread, and so much it takes at most. The ring holds a multiple of that. */
const leastTaken = 262_144;
const mostTaken = 1_048_576;
/** A smaller file is not worth a thread. Less than the ring holds. */
const threadWorth = 1_048_576;

/** Writes what comes in small pieces to a file, and works out its SHA-256 in passing, in another thread while more comes. */
export class RingWriter {
  readonly #file: OpenFile;
  readonly #ring = new Ring();
  #feed: Promise<FileFeed> | null = null;
  #isTaking = false;
  /** All that is being taken, and the part of it that makes room next. */
  #taking: Promise<void> = Promise.resolve();
  #room: Promise<void> = Promise.resolve();
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
    const digest = this.bytes < threadWorth ? await this.#writeAll() : await this.#takeRest();
    killPoint('download:written');
    await this.#synced;
    await this.#file.sync();
    killPoint('download:synced');
    return digest;
  }

  /** Waits for what is under way, so that the file can be closed. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#taking, this.#synced]);
    const feed = await this.#feed;
    feed?.close();
  }

  async #addRest(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      await this.#room;
      rest = rest.subarray(this.#put(rest));
    }
  }

  #put(chunk: Uint8Array): number {
    const added = this.#ring.put(chunk);
    if (this.bytes >= threadWorth && !this.#isTaking) this.#begin(leastTaken);
    return added;
  }

  async #writeAll(): Promise<string> {
    const bytes = this.#ring.bytesOf({ offset: 0, length: this.bytes });
    await this.#file.write(bytes);
    return hash('sha256', bytes);
  }

  async #takeRest(): Promise<string> {
    await this.#taking;
    this.#begin(1);
    await this.#taking;
    const feed = await this.#openFeed();
    return feed.digest();
  }

  #begin(enough: number): void {
    this.#isTaking = true;
    this.#taking = awaitedLater(this.#takeWhile(enough));
  }

  /** After a failure it counts as taking for ever: nothing that follows is taken. */
  async #takeWhile(enough: number): Promise<void> {
    while (this.#ring.filled - this.#ring.taken >= enough) {
      this.#room = awaitedLater(this.#takePart());
      await this.#room;
    }
    this.#isTaking = false;
  }

  async #takePart(): Promise<void> {
    const part = this.#ring.nextPart(mostTaken);
    const feed = await this.#openFeed();
    await feed.append(part);
    this.#ring.taken += part.length;
    this.#unsynced += part.length;
    if (this.#unsynced >= syncEvery) this.#syncInPassing();
  }

  #openFeed(): Promise<FileFeed> {
    this.#feed ??= this.#file.feed(this.#ring.memory);
    return this.#feed;
  }

  /** One after the other. A failure is thrown at the end: the system reports it no second time. */
  #syncInPassing(): void {
    this.#unsynced = 0;
    this.#synced = awaitedLater(this.#synced.then(() => this.#file.sync()));
  }
}

/** A failure is thrown where the promise is awaited, and must not count as unhandled until then. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
