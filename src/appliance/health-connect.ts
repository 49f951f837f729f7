import type { Socket } from 'node:net';
import { connectTimeoutMs } from './transport.ts';
import { toUnreachable } from './unreachable.ts';

/** Addresses of the host, or the failure of looking them up. */
export async function lookUp(url: URL): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const found = await lookup(host, { all: true }).catch((error: unknown) => {
    throw toUnreachable(error, { host: url.host, what: 'an address' });
  });
  return found.map(({ address }) => address);
}

export async function connect(url: URL, signal: AbortSignal): Promise<Socket> {
  const net = await import('node:net');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const socket = net.connect({ host, port });
  await ready(socket, 'connect', url, signal);
  return socket;
}

/** Resolves on the event; a failure, silence or an abort destroys the socket. */
export async function ready(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  url: URL,
  signal: AbortSignal,
): Promise<void> {
  const { once } = await import('node:events');
  const timeout = AbortSignal.timeout(connectTimeoutMs);
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, timeout]) });
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    const cause = timeout.aborted ? { begun: false, seconds: connectTimeoutMs / 1000 } : error;
    throw toUnreachable(cause, { host: url.host, what: 'a connection' });
  } finally {
    socket.on('error', () => {});
  }
}
