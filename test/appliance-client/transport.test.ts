import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { createTransport } from '../../src/appliance/transport.ts';
import { forEver } from './support.ts';

const noCertificates = () => Promise.reject(new Error('no TLS here'));

/** What the reader leaves waiting before it holds the sender back. */
const highWater = 131_072;

const framings = {
  'of a known length': (body: Buffer) => [`Content-Length: ${body.length}\r\n\r\n`, body],
  'that ends with the connection': (body: Buffer) => ['\r\n', body],
  'in chunks': (body: Buffer) => [
    `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`,
    body,
    '\r\n0\r\n\r\n',
  ],
};

for (const [name, frame] of Object.entries(framings)) {
  test(`a body ${name} is read whole when the server has closed while its reader was busy`, async () => {
    for (const size of [highWater - 1, highWater, highWater + 1, 3 * highWater, 24 * highWater]) {
      const body = randomBytes(size);
      const server = createServer((socket: Socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n');
          for (const part of frame(body)) socket.write(part);
          socket.end();
        });
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const accepted = once(server, 'connection');
      const { port } = server.address() as AddressInfo;
      const send = createTransport({ timeout: 30, proxy: null, env: {}, onHead: () => {} }, noCertificates);
      const url = new URL(`http://127.0.0.1:${port}/`);
      const answer = await send({ what: 'the file', method: 'GET', url, headers: {}, body: null }, forEver);
      const [socket] = (await accepted) as [Socket];
      // As far as the connection can come while nobody reads: of chunks, the last one is still to be read.
      const endIsReached = name === 'in chunks' ? size < highWater : size <= highWater;
      if (endIsReached) await once(socket, 'close');
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      assert.ok(Buffer.concat(chunks).equals(body), `${size} bytes`);
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

for (const [name, timeout, stopped] of [
  ['that is silent for longer than timeout', 0.2, false],
  ['that nobody waits for any more', 60, true],
] as const) {
  test(`a connection ${name} is not made any further`, { timeout: 10_000 }, async (t) => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const certificates = () => Promise.resolve(createSecureContext());
    const send = createTransport({ timeout, proxy: null, env: {}, onHead: () => {} }, certificates);
    const url = new URL(`https://127.0.0.1:${port}/`);
    const stop = new AbortController();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const answer = send(
      { what: 'the file', method: 'GET', url, headers: {}, body: null, patience: 60 * timeout },
      stop.signal,
    );
    const failed = assert.rejects(answer, stopped ? { name: 'AbortError' } : { code: 'unreachable' });
    const [socket] = await accepted;
    const closed = once(socket.resume(), 'close');
    if (stopped) stop.abort();
    await Promise.all([failed, closed]);
  });
}
