import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { checkMailServer } from '../../src/notify/mail.ts';

// In a file of its own, beside which others run: this one waits for as long as a mail server may take.
test('a mail server that takes the connection and says nothing is given up', {
  timeout: 60_000,
}, async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => {}).resume()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const config = {
    server: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    security: 'starttls',
    username: null,
    password: null,
    from: 'ic@example.com',
    to: ['it@example.com'],
    caFile: null,
  } as const;
  await assert.rejects(checkMailServer(config, t.signal), {
    code: 'unreachable',
    message: `Cannot reach the mail server 127.0.0.1:${config.port}: it does not answer.`,
  });
  assert.equal(sockets.length, 1);
});
