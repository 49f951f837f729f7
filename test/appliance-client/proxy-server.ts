import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface ProxyServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked for with CONNECT, each with its `Proxy-Authorization`. */
  readonly tunnels: { readonly to: string; readonly authorization: string | undefined }[];
}

/** A proxy that tunnels, if `refuse` does not name a status to answer with. */
export async function startProxy(refuse: number | null = null): Promise<ProxyServer> {
  const tunnels: { to: string; authorization: string | undefined }[] = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client) => {
    tunnels.push({ to: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    if (refuse !== null) {
      client.end(`HTTP/1.1 ${refuse} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    tunnels,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
