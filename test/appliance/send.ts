import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, measure } from './answer.ts';
import type { Ending } from './request-log.ts';

/** Keeps what was sent up to date while sending; `status` stays null when no header went out. */
export interface Sent {
  status: number | null;
  bytes: number;
}

/** Sends an answer at the client's pace, whatever its size, and tells how it ended. */
export async function send(answer: Answer, response: ServerResponse, sent: Sent): Promise<Ending> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    return await transmit(answer, response, sent, gone.signal);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    return response.writableFinished ? 'complete' : 'client-left';
  }
}

async function transmit(
  answer: Answer,
  response: ServerResponse,
  sent: Sent,
  gone: AbortSignal,
): Promise<Ending> {
  const { delayMs, instead } = answer.transport;
  if (delayMs !== undefined) await delay(delayMs, undefined, { signal: gone });
  if (instead === 'reset') return reset(response);
  if (instead === 'stall') return stall(gone);
  sendHeaders(answer, response);
  sent.status = answer.status;
  const cutShort = await sendBody(answer, response, sent, gone);
  if (cutShort) return cutShort;
  await ended(response);
  return 'complete';
}

function sendHeaders(answer: Answer, response: ServerResponse): void {
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  if (answer.length !== null) response.setHeader('Content-Length', answer.length);
  const { date, delimitedBy } = answer.transport;
  if (delimitedBy === 'connection') response.useChunkedEncodingByDefault = false;
  if (date === null) {
    response.removeHeader('Date');
    response.sendDate = false;
  } else if (date !== undefined) response.setHeader('Date', date);
  response.writeHead(answer.status);
  response.flushHeaders();
}

/** Sends all of the body, or what a cut leaves of it. */
async function sendBody(
  answer: Answer,
  response: ServerResponse,
  sent: Sent,
  gone: AbortSignal,
): Promise<Ending | null> {
  const { cut, hold, drip } = offsetsInBytes(answer);
  const batches = new Batches(response, gone);
  let held = hold;
  for (const chunk of answer.body()) {
    for (const piece of pieces(chunk, sent.bytes, [cut?.after, hold?.after], drip?.bytes)) {
      if (held && sent.bytes >= held.after) {
        await batches.flush();
        await settled(held.until(), gone);
        held = undefined;
      }
      if (cut && sent.bytes >= cut.after) {
        await batches.flush();
        return cutOff(cut.how, response, gone);
      }
      await batches.add(piece);
      sent.bytes += piece.length;
      if (drip) {
        await batches.flush();
        await delay(drip.everyMs, undefined, { signal: gone });
      }
    }
  }
  await batches.flush();
  if (held) await settled(held.until(), gone);
  return cut ? cutOff(cut.how, response, gone) : null;
}

const batchSize = 262_144;

/** Hands the system many pieces at a time, so that a large answer costs this process little. */
class Batches {
  readonly #response: ServerResponse;
  readonly #gone: AbortSignal;
  #pieces: Buffer[] = [];
  #size = 0;

  constructor(response: ServerResponse, gone: AbortSignal) {
    this.#response = response;
    this.#gone = gone;
  }

  /** A promise only when the caller should wait. */
  add(piece: Buffer): Promise<void> | undefined {
    this.#gone.throwIfAborted();
    this.#pieces.push(piece);
    this.#size += piece.length;
    return this.#size < batchSize ? undefined : this.flush();
  }

  /** Resolves once the system has taken all. */
  async flush(): Promise<void> {
    const pieces = this.#pieces;
    const last = pieces.pop();
    if (last === undefined) return;
    this.#pieces = [];
    this.#size = 0;
    const { socket } = this.#response;
    socket?.cork();
    for (const piece of pieces) this.#response.write(piece);
    const taken = new Promise((resolve) => this.#response.write(last, resolve));
    socket?.uncork();
    await settled(taken, this.#gone);
  }
}

function offsetsInBytes(answer: Answer): Pick<Answer['transport'], 'cut' | 'hold' | 'drip'> {
  const { cut, hold, drip } = answer.transport;
  const bytes = (after: number): number =>
    after > 0 && after < 1 ? Math.floor(measure(answer) * after) : after;
  return {
    ...(cut && { cut: { ...cut, after: bytes(cut.after) } }),
    ...(hold && { hold: { ...hold, after: bytes(hold.after) } }),
    ...(drip && { drip }),
  };
}

/** A chunk that begins at `offset`, divided at the given offsets and into pieces of at most `most` bytes. */
function* pieces(
  chunk: Buffer,
  offset: number,
  stops: readonly (number | undefined)[],
  most = Number.POSITIVE_INFINITY,
): Generator<Buffer> {
  for (let at = 0; at < chunk.length; ) {
    const ends = stops
      .filter((stop) => stop !== undefined && stop > offset + at)
      .map((stop) => (stop ?? 0) - offset);
    const end = Math.min(chunk.length, at + most, ...ends);
    yield chunk.subarray(at, end);
    at = end;
  }
}

async function cutOff(
  how: 'reset' | 'end' | 'stall',
  response: ServerResponse,
  gone: AbortSignal,
): Promise<Ending> {
  if (how === 'stall') return stall(gone);
  if (how === 'end') await ended(response);
  else {
    await settled(new Promise((resolve) => response.write('', resolve)), gone);
    reset(response);
  }
  return 'cut';
}

function reset(response: ServerResponse): Ending {
  const { socket } = response;
  try {
    socket?.resetAndDestroy();
  } catch {
    socket?.destroy(); // A TLS socket cannot be reset.
  }
  return 'cut';
}

async function stall(gone: AbortSignal): Promise<Ending> {
  await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
  return 'stalled';
}

function ended(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.end(() => resolve());
  });
}

/** What the promise gives, unless the client leaves first. */
async function settled<Value>(promise: Promise<Value>, gone: AbortSignal): Promise<Value> {
  gone.throwIfAborted();
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(gone.reason);
  gone.addEventListener('abort', leave);
  try {
    return await Promise.race([promise, left.promise]);
  } finally {
    gone.removeEventListener('abort', leave);
  }
}
