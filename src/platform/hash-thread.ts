import { Worker } from 'node:worker_threads';

/** The SHA-256 of bytes that this thread brings, worked out in another. */
export interface StreamHash {
  /** Takes bytes of the memory, which must not change until this resolves. */
  update(part: { readonly offset: number; readonly length: number }): Promise<void>;
  /** In lower-case hexadecimal. */
  digest(): Promise<string>;
  /** Forgets it, finished or not. */
  close(): void;
}

/** Begins the hash of what comes by way of `memory`. One thread, started for the first, works out all of a process. */
export function startStreamHash(memory: SharedArrayBuffer): StreamHash {
  thread ??= new HashThread();
  return thread.begin(memory);
}

let thread: HashThread | null = null;

type Task = { readonly stream: number } & (
  | { readonly type: 'begin'; readonly memory: SharedArrayBuffer }
  | { readonly type: 'update'; readonly offset: number; readonly length: number }
  | { readonly type: 'digest' | 'close' }
);

/** Updates and digests are answered one by one, in their order. */
class HashThread {
  readonly #worker = new Worker(`(${work})()`, { eval: true });
  readonly #answers: PromiseWithResolvers<string>[] = [];
  #failure: { readonly error: unknown } | null = null;
  #streams = 0;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: string) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#fail(error));
  }

  begin(memory: SharedArrayBuffer): StreamHash {
    this.#streams += 1;
    const stream = this.#streams;
    this.#send({ type: 'begin', stream, memory });
    return {
      update: async ({ offset, length }) => {
        await this.#ask({ type: 'update', stream, offset, length });
      },
      digest: () => this.#ask({ type: 'digest', stream }),
      close: () => this.#send({ type: 'close', stream }),
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

  #settle(answer: string): void {
    this.#answers.shift()?.resolve(answer);
    if (this.#answers.length === 0) this.#worker.unref();
  }

  #fail(error: unknown): void {
    if (thread === this) thread = null;
    this.#failure = { error };
    for (const answer of this.#answers.splice(0)) answer.reject(error);
  }
}

/** What the thread does. It is started from its text, and can use nothing from around it. */
function work(): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  const { createHash } = process.getBuiltinModule('node:crypto');
  const streams = new Map<
    number,
    { readonly hash: ReturnType<typeof createHash>; readonly bytes: Uint8Array }
  >();
  parentPort?.on('message', (task: Task) => {
    if (task.type === 'begin')
      streams.set(task.stream, { hash: createHash('sha256'), bytes: new Uint8Array(task.memory) });
    if (task.type === 'close') streams.delete(task.stream);
    const { hash, bytes } = streams.get(task.stream) ?? {};
    if (task.type === 'update') {
      hash?.update(bytes?.subarray(task.offset, task.offset + task.length) ?? '');
      parentPort?.postMessage('');
    }
    if (task.type === 'digest') parentPort?.postMessage(hash?.digest('hex'));
  });
}
