/** One request to a site. */
export interface HttpRequest {
  /** What is asked for, for messages: `the SupportSession report`. */
  readonly what: string;
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** How long the answer may take to begin, in seconds; a site's `timeout` where it is left out. */
  readonly patience?: number;
  /** Whether any status is an answer: otherwise 429 and 5xx are asked again, and are failures in the end. */
  readonly anyStatus?: boolean;
  /** Whether it is asked but once: a failure that may pass is final, too. */
  readonly once?: boolean;
}

/** An answer whose body is still on its way. Whoever gets one reads the body or discards it. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AnswerBody;
}

/** Reading throws `Unreachable` where the body is cut off, and the signal's reason where it was aborted. */
export interface AnswerBody extends AsyncIterable<Uint8Array> {
  /** Ends the connection; the rest of the body is not wanted. */
  discard(): void;
}

/** Sends a request and resolves when the answer has begun. What is done around it are functions of the same shape. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/** The body as text, of which no more than `limit` bytes are read. */
export async function readText(bytes: AsyncIterable<Uint8Array>, limit = 65_536): Promise<string> {
  return (await readBytes(bytes, limit)).toString('utf8');
}

/** The first `limit` bytes of the body, or all of it. */
export async function readBytes(bytes: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
