import type { Socket } from 'node:net';
import { connectPatienceMs } from './transport.ts';
import { toUnreachable } from './unreachable.ts';

export interface Attempt {
  readonly signal: AbortSignal;
  /** Seconds; nobody waits for longer than connecting may take in a pull. */
  readonly timeout?: number;
}

/** Addresses of the host, or the failure of looking them up. */
export async function lookUp(url: URL): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const found = await lookup(host, { all: true }).catch((error: unknown) => {
    throw toUnreachable(error, { host: url.host, what: 'an address' });
  });
  return found.map(({ address }) => address);
}

export async function connect(url: URL, attempt: Attempt): Promise<Socket> {
  const net = await import('node:net');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const socket = net.connect({ host, port });
  await ready(socket, 'connect', url, attempt);
  return socket;
}

/** Resolves on the event; a failure, silence or an abort destroys the socket. */
export async function ready(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  url: URL,
  { signal, timeout = Number.POSITIVE_INFINITY }: Attempt,
): Promise<void> {
  const { once } = await import('node:events');
  const patienceMs = connectPatienceMs(timeout);
  const silence = AbortSignal.timeout(patienceMs);
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, silence]) });
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    const cause = silence.aborted ? { begun: false, seconds: patienceMs / 1000 } : error;
    throw toUnreachable(cause, { host: url.host, what: 'a connection' });
  } finally {
    socket.on('error', () => {});
  }
}
