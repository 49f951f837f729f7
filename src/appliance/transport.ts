import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { type Environment, proxyFor } from '../platform/proxy.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';
import type { Send } from './http.ts';

/** How a site is connected to. */
export interface Connection extends Pick<ExchangeOptions, 'timeout' | 'onHead'> {
  readonly proxy: string | null;
  readonly env: Environment;
}

export const connectTimeoutMs = 15_000;

/** So many bytes are read in one go. */
const readAhead = 262_144;

/** Sends over a connection of its own for each request, as the vendor demands, and closes it afterwards. */
export function createTransport(connection: Connection, secureContext: () => Promise<SecureContext>): Send {
  return async (request, signal) => {
    const context = request.url.protocol === 'https:' ? await secureContext() : null;
    const dispatcher = await openDispatcher(request.url, connection, context);
    signal.throwIfAborted();
    return new Exchange(dispatcher, request, { ...connection, signal }).start();
  };
}

async function openDispatcher(
  url: URL,
  { proxy, env }: Connection,
  secureContext: SecureContext | null,
): Promise<Dispatcher> {
  const connect = {
    timeout: connectTimeoutMs,
    allowH2: false,
    highWaterMark: readAhead,
    ...(secureContext && { secureContext }),
  };
  const via = proxyFor(url, proxy, env);
  if (via === null) {
    const { default: Client } = await import('undici/lib/dispatcher/client.js');
    return new Client(url.origin, { pipelining: 0, connect });
  }
  const { ProxyAgent } = await import('undici');
  return new ProxyAgent({ uri: via.href, pipelining: 0, requestTls: connect, proxyTls: connect });
}
