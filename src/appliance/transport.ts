import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { lookupLoopback } from '../platform/loopback.ts';
import { type Environment, proxyFor } from '../platform/proxy.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';
import type { Send } from './http.ts';

/** How a site is connected to. */
export interface Connection extends Pick<ExchangeOptions, 'timeout' | 'onHead'> {
  readonly proxy: string | null;
  readonly env: Environment;
}

const longestConnectMs = 15_000;

/** How long a connection and its TLS may take, where nothing is waited for longer than `timeout` seconds. */
export function connectPatienceMs(timeout: number): number {
  return Math.min(longestConnectMs, timeout * 1000);
}

/** So many bytes are read in one go. */
const readAhead = 262_144;

/** Sends over a connection of its own for each request, as the vendor demands, and closes it afterwards. */
export function createTransport(connection: Connection, secureContext: () => Promise<SecureContext>): Send {
  return async (request, signal) => {
    const context = request.url.protocol === 'https:' ? await secureContext() : null;
    const unwanted = new AbortController();
    const dispatcher = await openDispatcher(request.url, connection, context, unwanted.signal);
    signal.throwIfAborted();
    try {
      return await new Exchange(dispatcher, request, { ...connection, signal }).start();
    } catch (error) {
      // A connection that is still being made would go on by itself, and keep the process from ending.
      unwanted.abort();
      throw error;
    }
  };
}

async function openDispatcher(
  url: URL,
  { proxy, env, timeout }: Connection,
  secureContext: SecureContext | null,
  signal: AbortSignal,
): Promise<Dispatcher> {
  const connect = {
    timeout: connectPatienceMs(timeout),
    signal,
    allowH2: false,
    highWaterMark: readAhead,
    // Whatever the environment says.
    rejectUnauthorized: true,
    // Without TLS, only this machine is spoken to.
    ...(secureContext === null ? { lookup: lookupLoopback } : { secureContext }),
  };
  const via = proxyFor(url, proxy, env);
  if (via === null) {
    const { default: Client } = await import('undici/lib/dispatcher/client.js');
    return new Client(url.origin, { pipelining: 0, connect });
  }
  const { ProxyAgent } = await import('undici');
  return new ProxyAgent({ uri: via.href, pipelining: 0, requestTls: connect, proxyTls: connect });
}
