import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { readText } from '../../src/appliance/http.ts';
import { createTransport } from '../../src/appliance/transport.ts';
import { deliverOverHttp } from '../../src/notify/http.ts';
import { IcError } from '../../src/platform/errors.ts';
import { quickClock } from '../appliance-client/support.ts';
import { fuzz } from './fuzz.ts';
import { composed, inPieces, mutated, pieces } from './mutations.ts';

const signal = new AbortController().signal;

const answers = [
  'HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\n<a/>\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n<a/>\n\r\n3\r\n<b>\r\n0\r\nTrailer: x\r\n\r\n',
  'HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n<a/>\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 302 Found\r\nLocation: https://elsewhere/?secret\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\0',
  'HTTP/1.1 503 Busy\r\nRetry-After: 99999999999\r\nContent-Length: 2\r\n\r\nno',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nxyz',
];
const words = [
  ...[
    'HTTP/1.1 ',
    'HTTP/1.0 ',
    'HTTP/2.0 ',
    'HTTP/9.9 ',
    'HTTP/1.1 000 x\r\n',
    'HTTP/1.1 999 x\r\n',
    'HTTP/1.1 -1\r\n',
    'HTTP/1.1 20\r\n',
    'HTTP/1.1 2000\r\n',
  ],
  ...[
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 101 x\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02',
    '\x15\x03\x03\0\x02\x02\x28',
  ],
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ': ',
    ':',
    'Content-Length: 3\r\n',
    'Content-Length: -3\r\n',
    'Content-Length: 3, 4\r\n',
    'Content-Length: 99999999999999999999\r\n',
    'Content-Length: 0x3\r\n',
  ],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: chunked, gzip\r\n',
    'Transfer-Encoding: identity\r\n',
    'Connection: close\r\n',
    'Connection: Upgrade\r\n',
    'Upgrade: h2c\r\n',
  ],
  ...[
    'Keep-Alive: timeout=-1\r\n',
    'Keep-Alive: timeout=99999999999\r\n',
    'Location: \r\n',
    'Date: never\r\n',
    ' folded\r\n',
    'A\0b: c\r\n',
    '__proto__: x\r\n',
    'Set-Cookie: a\r\n',
  ],
  ...[
    'ffffffffffffffff\r\n',
    '-1\r\n',
    '0\r\n\r\n',
    '5\r\n',
    ';',
    `X: ${'x'.repeat(20_000)}\r\n`,
    'A: b\r\n'.repeat(3000),
    'z'.repeat(70_000),
  ],
].map((word) => Buffer.from(word, 'latin1'));
const samples = answers.map((answer) => Buffer.from(answer, 'latin1'));

interface Hostile {
  readonly port: number;
  readonly asked: number;
  /** What every connection is answered with from now on, after its first bytes, before it is closed. */
  say(bytes: Buffer, lengths: readonly number[], resets: boolean): void;
}

async function hostileServer(t: TestContext): Promise<Hostile> {
  let answer: (socket: Socket) => void = () => {};
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
    socket.resume();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    get asked() {
      return asked;
    },
    say: (bytes, lengths, resets) => {
      answer = (socket) => {
        for (const piece of inPieces(bytes, lengths)) socket.write(piece);
        if (resets) socket.resetAndDestroy();
        else socket.end();
      };
    },
  };
}

/** Everything is said and the connection closed: who still waits has lost something. */
function checkFailure(error: unknown): void {
  assert.ok(error instanceof IcError, inspect(error));
  assert.equal(error.code, 'unreachable', `${error.message} ${error.cause}`);
  assert.doesNotMatch(error.message, /[\x00-\x1f\x7f]|no answer|silent/i);
  assert.ok(error.message.length < 500);
}

const inputs = fc.tuple(
  fc.oneof({ weight: 3, arbitrary: mutated(samples, words) }, { weight: 1, arbitrary: composed(words, 12) }),
  fc.oneof(pieces, fc.constant([])),
  fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
);

test('any bytes of an appliance are an answer with a status, or a failure that names the host', async (t) => {
  const server = await hostileServer(t);
  const url = new URL(`http://127.0.0.1:${server.port}/x`);
  const certificates = (): Promise<never> => Promise.reject(new Error('no TLS here'));
  await fuzz(t, inputs, 700, async ([bytes, lengths, resets]) => {
    server.say(bytes, lengths, resets);
    const heads: number[] = [];
    const send = createTransport(
      { timeout: 60, proxy: null, env: {}, onHead: (status) => heads.push(status) },
      certificates,
    );
    try {
      const answer = await send({ what: 'the file', method: 'GET', url, headers: {}, body: null }, signal);
      assert.ok(
        Number.isInteger(answer.status) && answer.status >= 200 && answer.status <= 999,
        String(answer.status),
      );
      assert.deepEqual(heads, [answer.status]);
      for (const [name, value] of Object.entries(answer.headers)) {
        assert.equal(name, name.toLowerCase());
        assert.doesNotMatch(value ?? '', /[\r\n\0]/);
      }
      const text = await readText(answer.body);
      assert.ok(text.length <= 65_536);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      checkFailure(error);
    }
  });
});

test('any bytes of a proxy instead of a tunnel are a failure that names the host', async (t) => {
  const server = await hostileServer(t);
  const proxy = `http://user:Pr0xySecret@127.0.0.1:${server.port}`;
  const certificates = async () => createSecureContext();
  const url = new URL('https://appliance.invalid/x');
  await fuzz(t, inputs, 300, async ([bytes, lengths, resets]) => {
    server.say(bytes, lengths, resets);
    const send = createTransport({ timeout: 60, proxy, env: {}, onHead: () => {} }, certificates);
    try {
      await send({ what: 'the file', method: 'GET', url, headers: {}, body: null }, signal);
      assert.fail('nobody has shown a certificate');
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      checkFailure(error);
      assert.ok(!(error as IcError).message.includes('Pr0xySecret'));
    }
  });
});

test('any bytes of whoever takes a notification are a delivery or a failure', async (t) => {
  const server = await hostileServer(t);
  const message = {
    method: 'POST',
    url: new URL(`http://127.0.0.1:${server.port}/T0psecretPath`),
    body: { type: 'application/json', text: '{}' },
  } as const;
  const receiver = { name: 'the webhook at 127.0.0.1', keys: 'url of [notify.webhook]', trust: 'ca' };
  await fuzz(t, inputs, 300, async ([bytes, lengths, resets]) => {
    server.say(bytes, lengths, resets);
    const before = server.asked;
    try {
      await deliverOverHttp(message, receiver, { clock: quickClock(), env: {} }, signal);
    } catch (error) {
      assert.ok(error instanceof IcError, inspect(error));
      assert.ok(['unreachable', 'refused', 'configuration'].includes(error.code), error.code);
      assert.ok(!error.message.includes('T0psecretPath'));
      assert.doesNotMatch(error.message, /does not answer/);
      assert.doesNotMatch(error.message, /[\x00-\x1f\x7f]/);
    }
    assert.ok(server.asked - before <= 3);
  });
});
