import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { deliverOverHttp, type HttpMessage } from '../../src/notify/http.ts';
import type { IcError } from '../../src/platform/errors.ts';
import { fastClock } from '../support/fast-clock.ts';
import { startReceiver, statuses } from './http-receiver.ts';
import { caFile } from './mail-server.ts';

const receiver = { name: 'the webhook at somewhere', keys: 'url of [notify.webhook]', trust: 'Trust it.' };
const forEver = new AbortController().signal;

function post(url: string): HttpMessage {
  return { method: 'POST', url: new URL(url), body: { type: 'application/json', text: '{"ä":1}' } };
}

function deliver(url: string, env: Record<string, string> = {}, clock = fastClock()): Promise<void> {
  return deliverOverHttp(post(url), receiver, { clock, env }, forEver);
}

test('what is sent arrives whole, once', async (t) => {
  const server = await startReceiver(t, statuses(204));
  await deliver(`${server.url}/hook/T0K3N?a=b`);
  const [request] = server.requests;
  assert.deepEqual(server.lines, ['POST /hook/T0K3N?a=b']);
  assert.equal(request?.body, '{"ä":1}');
  assert.equal(request.headers['content-type'], 'application/json');
  assert.match(request.headers['user-agent'] ?? '', /^ic\/\d/);
});

test('what fails in passing is sent again, twice', async (t) => {
  const server = await startReceiver(t, statuses(503, 429, 200));
  const clock = fastClock();
  await deliver(`${server.url}/hook`, {}, clock);
  assert.equal(server.requests.length, 3);
  assert.equal(clock.slept, 2500);
});

for (const [status, code, attempts] of [
  [500, 'unreachable', 3],
  [404, 'refused', 1],
  [401, 'refused', 1],
  [302, 'configuration', 1],
] as const) {
  test(`status ${status}: ${code} after ${attempts}`, async (t) => {
    const server = await startReceiver(t, (_request, response) =>
      response.writeHead(status, { location: '/elsewhere' }).end(),
    );
    await assert.rejects(deliver(`${server.url}/hook/T0K3N`), (error: IcError) => {
      assert.equal(error.code, code);
      assert.match(error.message, new RegExp(`webhook at somewhere was status ${status}`));
      assert.doesNotMatch(`${error.message}${error.hint}`, /T0K3N/);
      return true;
    });
    assert.equal(server.requests.length, attempts);
  });
}

test('what is too large is told with its size, and not sent again', async (t) => {
  const server = await startReceiver(t, statuses(413));
  await assert.rejects(deliver(`${server.url}/hook/T0K3N`), (error: IcError) => {
    assert.equal(error.code, 'refused');
    assert.match(
      error.message,
      /^What is sent, 8 B, is too large for the webhook at somewhere \(status 413\)/,
    );
    assert.match(error.hint ?? '', /take messages of that size/);
    return true;
  });
  assert.equal(server.requests.length, 1);
});

test('nobody at the port, three times', async (t) => {
  const server = await startReceiver(t);
  await server.close();
  const clock = fastClock();
  await assert.rejects(deliver(`${server.url}/hook/T0K3N`, {}, clock), {
    code: 'unreachable',
    message: 'Cannot reach the webhook at somewhere: the connection was refused.',
  });
  assert.equal(clock.slept, 2500);
});

test('the signal ends waiting for an answer', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const server = await startReceiver(t, () => controller.abort(reason));
  const sent = deliverOverHttp(
    post(server.url),
    receiver,
    { clock: fastClock(), env: {} },
    controller.signal,
  );
  await assert.rejects(sent, reason);
});

test('an authority that nobody knows is told with its remedy', async (t) => {
  const server = await startReceiver(t, statuses(200), { https: true });
  await assert.rejects(deliver(server.url), { code: 'unreachable', hint: 'Trust it.' });
  assert.deepEqual(server.lines, []);
});

/** A proxy that tunnels to `port` of this machine whatever it is asked for, or refuses to with a status. */
async function startTunnel(t: TestContext, { port = 0, status = 200 }) {
  const asked: { readonly to: string | undefined; readonly authorization: string | undefined }[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, client) => {
    asked.push({ to: request.url, authorization: request.headers['proxy-authorization'] });
    client.on('error', () => {});
    if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    const upstream = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    return client.pipe(upstream.on('error', () => client.destroy())).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  return { asked, url: `http://me:hush@127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}

test('HTTPS, also through the proxy of the environment', async (t) => {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, await readFile(caFile, 'utf8')]);
  t.after(() => setDefaultCACertificates(before));
  const server = await startReceiver(t, statuses(200), { https: true });
  const port = Number(new URL(server.url).port);
  const proxy = await startTunnel(t, { port });
  await deliver(`${server.url}/a`, { HTTPS_PROXY: proxy.url });
  assert.deepEqual(proxy.asked, [], 'never for this machine itself');
  // The tunnel leads to the same server, whose certificate is for this machine's names alone.
  await assert.rejects(
    deliver(`https://hooks.example.com:${port}/b`, { HTTPS_PROXY: proxy.url }),
    /certificate/,
  );
  const through = { to: `hooks.example.com:${port}`, authorization: `Basic ${btoa('me:hush')}` };
  assert.deepEqual(proxy.asked[0], through);
  assert.deepEqual(server.lines, ['POST /a'], 'nothing is sent to who is not who it should be');
});

test('a proxy that refuses is told of, without its password', async (t) => {
  const proxy = await startTunnel(t, { status: 407 });
  await assert.rejects(
    deliver('https://hooks.example.com/T0K3N', { HTTPS_PROXY: proxy.url }),
    (error: IcError) => {
      assert.match(error.message, /this machine's proxy does not connect/);
      assert.doesNotMatch(`${error.message}${error.hint}`, /hush|T0K3N/);
      return true;
    },
  );
});

test('a proxy that says nothing is not waited for when the signal says so', async (t) => {
  const silent = createTcpServer((socket) => void t.after(() => socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const controller = new AbortController();
  const reason = new Error('enough');
  silent.once('connection', () => controller.abort(reason));
  const env = { HTTPS_PROXY: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` };
  const context = { clock: fastClock(), env };
  await assert.rejects(
    deliverOverHttp(post('https://hooks.example.com/'), receiver, context, controller.signal),
    reason,
  );
});

test('a receiver that switches to another protocol is told of, and not waited for', async (t) => {
  const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(head));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  await assert.rejects(deliver(`http://127.0.0.1:${port}/hook`), {
    code: 'unreachable',
    message: /the connection was closed/,
  });
});
