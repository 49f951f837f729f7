import type { SecureContext } from 'node:tls';
import { createTrust, isUnknownIssuer } from '../platform/certificates.ts';
import type { Clock } from '../platform/clock.ts';
import { IcError } from '../platform/errors.ts';
import { type Environment, proxyFor } from '../platform/proxy.ts';
import { version } from '../platform/version.ts';
import { formatBytes } from '../terminal/format.ts';
import { networkCodeOf, networkFailure, type Receiver } from './network-failure.ts';

export interface HttpMessage {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  /** Null: no body. */
  readonly body: { readonly type: string; readonly text: string } | null;
}

export interface HttpContext {
  readonly clock: Clock;
  readonly env: Environment;
}

/** How often a message is sent in all, with the pauses between, in milliseconds. */
const pausesMs = [500, 2000];
const attemptTimeoutMs = 6000;

/**
 * Sends a message until it is taken, three times at most. Throws an `IcError` that does not show the address, since
 * whoever knows it can use it; or the signal's reason.
 */
export async function deliverOverHttp(
  message: HttpMessage,
  receiver: Receiver,
  context: HttpContext,
  signal: AbortSignal,
): Promise<void> {
  for (const pauseMs of [...pausesMs, null]) {
    const failure = await attempt(message, receiver, context, signal);
    if (failure === null) return;
    if (pauseMs === null || failure.code !== 'unreachable') throw failure;
    await context.clock.sleep(pauseMs, signal);
  }
}

async function attempt(
  message: HttpMessage,
  receiver: Receiver,
  { env }: HttpContext,
  signal: AbortSignal,
): Promise<IcError | null> {
  try {
    return toFailure(await exchange(message, env, signal), message, receiver);
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof IcError ? error : networkFailure(error, receiver);
  }
}

/** Not followed: a redirect would show the address, and what is posted, to somebody else. */
function toFailure(status: number, { body }: HttpMessage, { name, keys }: Receiver): IcError | null {
  if (status >= 200 && status < 300) return null;
  const told = `The answer of ${name} was status ${status}.`;
  if (status === 429 || status >= 500) {
    return new IcError('unreachable', told, { hint: 'It is overloaded or out of order: try again later.' });
  }
  if (status >= 300 && status < 400) {
    return new IcError('configuration', told, { hint: `Write the address that it leads to into ${keys}.` });
  }
  if (status === 413) {
    const size = formatBytes(Buffer.byteLength(body?.text ?? ''));
    return new IcError('refused', `What is sent, ${size}, is too large for ${name} (status ${status}).`, {
      hint: 'Have it, and the gateways before it, take messages of that size (nginx: client_max_body_size).',
    });
  }
  return new IcError('refused', told, { hint: `Check that ${keys} is whole and still valid.` });
}

/** One request; resolves with the status when the answer is complete. */
export async function exchange(message: HttpMessage, env: Environment, signal: AbortSignal): Promise<number> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(attemptTimeoutMs)]);
  if (message.url.protocol === 'http:') return request(message, env, within, null);
  const trust = createTrust(null);
  try {
    return await request(message, env, within, await trust.usual());
  } catch (error) {
    if (!isUnknownIssuer(networkCodeOf(error))) throw error;
    return request(message, env, within, await trust.full());
  }
}

async function request(
  { method, url, body }: HttpMessage,
  env: Environment,
  signal: AbortSignal,
  secureContext: SecureContext | null,
): Promise<number> {
  const http = secureContext === null ? await import('node:http') : await import('node:https');
  const via = proxyFor(url, null, env)?.href;
  const agent = new http.Agent({
    // While a tunnel is made, Node heeds no signal.
    ...(via !== undefined && { proxyEnv: { HTTP_PROXY: via, HTTPS_PROXY: via }, timeout: attemptTimeoutMs }),
    ...(secureContext !== null && { secureContext, rejectUnauthorized: true }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // When an answer switches to another protocol, Node closes the connection and reports nothing else.
  const onClose = (): void => reject(Object.assign(new Error('closed'), { code: 'EPIPE' }));
  const headers = { 'user-agent': `ic/${version}`, ...(body !== null && { 'content-type': body.type }) };
  const outgoing = http.request(url, { method, agent, signal, headers }, (answer) => {
    outgoing.off('close', onClose);
    // What it says matters to nobody; what it is has been said by its head.
    answer.on('error', () => resolve(answer.statusCode ?? 0));
    answer.on('end', () => resolve(answer.statusCode ?? 0));
    answer.resume();
  });
  outgoing.on('error', reject);
  outgoing.on('close', onClose);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  outgoing.end(body?.text);
  return promise;
}
