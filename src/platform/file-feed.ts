import { Worker } from 'node:worker_threads';

/** Writes to a file what this thread brings, and works out its SHA-256, in another thread. */
export interface FileFeed {
  /** Writes bytes of the memory, which must not change until this resolves. Throws the system's error. */
  append(part: { readonly offset: number; readonly length: number }): Promise<void>;
  /** Of all that was appended, in lower-case hexadecimal. */
  digest(): Promise<string>;
  /** Forgets the file, which stays open. */
  close(): void;
}

/** As many as write at once, where disks are far away. */
const mostThreads = 4;
const threads: FeedThread[] = [];

/** Begins to write what comes by way of `memory`, from where the open file was written to. */
export function feedFile(descriptor: number, memory: SharedArrayBuffer): FileFeed {
  return leastBusyThread().begin(descriptor, memory);
}

function leastBusyThread(): FeedThread {
  const [best] = threads.toSorted((a, b) => a.files - b.files);
  if (best !== undefined && (best.files === 0 || threads.length === mostThreads)) return best;
  const thread = new FeedThread((broken) => threads.splice(threads.indexOf(broken), 1));
  threads.push(thread);
  return thread;
}

type Task = { readonly file: number } & (
  | { readonly type: 'begin'; readonly descriptor: number; readonly memory: SharedArrayBuffer }
  | { readonly type: 'append'; readonly offset: number; readonly length: number }
  | { readonly type: 'digest' | 'close' }
);

/** To an append nothing, to a digest itself, or why it could not be done: an error alone would come without its code. */
type Answer = { readonly digest?: string; readonly error?: Readonly<Record<string, unknown>> };

/** Appends and digests are answered one by one, in their order. */
class FeedThread {
  readonly #worker = new Worker(`(${work})()`, { eval: true });
  readonly #answers: PromiseWithResolvers<string>[] = [];
  #failure: { readonly error: unknown } | null = null;
  #begun = 0;
  /** Those that it has to do with now. */
  files = 0;

  constructor(onBroken: (thread: FeedThread) => void) {
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', (error) => {
      onBroken(this);
      this.#fail(error);
    });
  }

  begin(descriptor: number, memory: SharedArrayBuffer): FileFeed {
    this.#begun += 1;
    this.files += 1;
    const file = this.#begun;
    this.#send({ type: 'begin', file, descriptor, memory });
    return {
      append: async ({ offset, length }) => {
        await this.#ask({ type: 'append', file, offset, length });
      },
      digest: () => this.#ask({ type: 'digest', file }),
      close: () => {
        this.files -= 1;
        this.#send({ type: 'close', file });
      },
    };
  }

  #send(task: Task): void {
    this.#worker.postMessage(task);
  }

  #ask(task: Task): Promise<string> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error);
    const answer = Promise.withResolvers<string>();
    this.#answers.push(answer);
    // What is waited for keeps the process alive, and not a thread that waits for work.
    this.#worker.ref();
    this.#send(task);
    return answer.promise;
  }

  #settle({ digest = '', error }: Answer): void {
    const answer = this.#answers.shift();
    if (error === undefined) answer?.resolve(digest);
    else answer?.reject(Object.assign(new Error(String(error.message)), error));
    if (this.#answers.length === 0) this.#worker.unref();
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    for (const answer of this.#answers.splice(0)) answer.reject(error);
  }
}

/** What the thread does. It is started from its text, and can use nothing from around it. */
function work(): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  const { createHash } = process.getBuiltinModule('node:crypto');
  const { writeSync } = process.getBuiltinModule('node:fs');
  /**
   * Written while they are still in the processor's cache, where the hash has brought them. Small, since Linux keeps what is
   * written at once in memory of one piece: large pieces it takes from memory that it has not used for long, which a virtual
   * machine's host may have taken back. Pieces of 128 KiB were measured to take up to twice as long there.
   */
  const mostAtOnce = 32_768;

  class Feed {
    readonly #hash = createHash('sha256');
    readonly #descriptor: number;
    readonly #memory: Uint8Array;

    constructor(descriptor: number, memory: SharedArrayBuffer) {
      this.#descriptor = descriptor;
      this.#memory = new Uint8Array(memory);
    }

    append(offset: number, length: number): Answer {
      for (let at = offset; at < offset + length; at += mostAtOnce) {
        const piece = this.#memory.subarray(at, Math.min(at + mostAtOnce, offset + length));
        this.#hash.update(piece);
        this.#write(piece);
      }
      return {};
    }

    digest(): Answer {
      return { digest: this.#hash.digest('hex') };
    }

    #write(piece: Uint8Array): void {
      for (let written = 0; written < piece.length; ) {
        written += writeSync(this.#descriptor, piece, written);
      }
    }
  }

  const feeds = new Map<number, Feed>();
  const answerTo = (task: Task): Answer | null => {
    switch (task.type) {
      case 'begin':
        feeds.set(task.file, new Feed(task.descriptor, task.memory));
        return null;
      case 'close':
        feeds.delete(task.file);
        return null;
      case 'append':
        return feeds.get(task.file)?.append(task.offset, task.length) ?? null;
      case 'digest':
        return feeds.get(task.file)?.digest() ?? null;
    }
  };
  parentPort?.on('message', (task: Task) => {
    try {
      const answer = answerTo(task);
      if (answer !== null) parentPort.postMessage(answer);
    } catch (thrown) {
      const { message, code, errno, syscall } = thrown as NodeJS.ErrnoException;
      parentPort.postMessage({ error: { message, code, errno, syscall } });
    }
  });
}
