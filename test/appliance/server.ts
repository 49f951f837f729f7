import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A server that listens. */
export interface Listener {
  readonly host: string;
  readonly url: string;
  readonly caFile: string | null;
  close(): Promise<void>;
}

export async function listen(
  handler: RequestListener,
  options: { readonly port?: number; readonly address?: string; readonly https?: boolean },
): Promise<Listener> {
  const server = options.https ? await createHttpsServer(handler) : createHttpServer(handler);
  // A request may be answered as slowly as a test likes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.address ?? '127.0.0.1', resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const host = `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  return {
    host,
    url: `${options.https ? 'https' : 'http'}://${host}`,
    caFile: options.https ? fixture('ca.pem') : null,
    close: () => closeServer(server),
  };
}

async function createHttpsServer(handler: RequestListener): Promise<Server> {
  const [{ createServer }, key, cert] = await Promise.all([
    import('node:https'),
    readFile(fixture('server.key.pem')),
    readFile(fixture('server.pem')),
  ]);
  return createServer({ key, cert }, handler);
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`tls/${name}`, import.meta.url));
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
