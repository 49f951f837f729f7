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
  const { date } = answer.transport;
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
  let held = hold;
  for (const chunk of answer.body()) {
    for (const piece of pieces(chunk, sent.bytes, [cut?.after, hold?.after], drip?.bytes)) {
      if (held && sent.bytes >= held.after) {
        await settled(held.until(), gone);
        held = undefined;
      }
      if (cut && sent.bytes >= cut.after) return cutOff(cut.how, response, gone);
      await write(response, piece, gone);
      sent.bytes += piece.length;
      if (drip) await delay(drip.everyMs, undefined, { signal: gone });
    }
  }
  if (held) await settled(held.until(), gone);
  return cut ? cutOff(cut.how, response, gone) : null;
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

/** Resolves once more may be written. */
async function write(response: ServerResponse, piece: Buffer, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted();
  if (response.write(piece)) return;
  await settled(new Promise((resolve) => response.once('drain', resolve)), gone);
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
