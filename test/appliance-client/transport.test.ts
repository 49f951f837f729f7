import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
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
