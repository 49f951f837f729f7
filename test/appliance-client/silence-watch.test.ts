import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { SilenceWatch } from '../../src/appliance/silence-watch.ts';

test('what came while this process was busy is no silence', async (t) => {
  const silences: string[] = [];
  const server = createServer((socket) => socket.end('x')).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = connect(port, '127.0.0.1');
  const watch = new SilenceWatch(() => silences.push('silence'));
  socket.on('data', () => watch.heard());
  await new Promise((resolve) => socket.once('connect', resolve));

  watch.allow(0.05);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  await new Promise((resolve) => socket.once('data', resolve));
  watch.stop();

  assert.deepEqual(silences, []);
});

test('silence is told once', async () => {
  const silence = Promise.withResolvers<void>();
  let count = 0;
  const watch = new SilenceWatch(() => {
    count += 1;
    silence.resolve();
  });
  watch.allow(0.01);
  await silence.promise;
  assert.equal(count, 1);
});
