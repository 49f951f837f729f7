import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf, pingUrl, sendPing } from '../../src/notify/ping.ts';
import { Pinger } from '../../src/notify/pinger.ts';
import { fastClock } from '../support/fast-clock.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { startReceiver, statuses } from './http-receiver.ts';

const forEver = new AbortController().signal;
const context = () => ({ clock: fastClock(), env: {} });

for (const [base, segment, expected] of [
  ['https://hc-ping.com/uuid', null, 'https://hc-ping.com/uuid'],
  ['https://hc-ping.com/uuid', 'start', 'https://hc-ping.com/uuid/start'],
  ['https://hc-ping.com/key/slug?create=1', 'fail', 'https://hc-ping.com/key/slug/fail?create=1'],
  ['https://hc.example.com/ping/uuid/', 'start', 'https://hc.example.com/ping/uuid/start'],
  ['https://hc.example.com', 'fail', 'https://hc.example.com/fail'],
] as const) {
  test(`${segment ?? 'success'} of ${base}`, () => assert.equal(pingUrl(base, segment).href, expected));
}

test('start, success and failure, each at its address', async (t) => {
  const server = await startReceiver(t);
  const url = `${server.url}/ping/uuid?create=1`;
  await sendPing(url, { type: 'start' }, context(), forEver);
  await sendPing(url, { type: 'success' }, context(), forEver);
  await sendPing(url, { type: 'fail', log: 'the last – lines\n' }, context(), forEver);
  assert.deepEqual(server.lines, [
    'GET /ping/uuid/start?create=1',
    'GET /ping/uuid?create=1',
    'POST /ping/uuid/fail?create=1',
  ]);
  assert.equal(server.requests[2]?.body, 'the last – lines\n');
});

test('of a long log, the last whole lines go along', () => {
  const lines = Array.from({ length: 2000 }, (_, index) => `line ${index} – é\n`);
  const end = endOf(lines.join(''));
  const count = end.split('\n').length - 1;
  assert.ok(Buffer.byteLength(end) <= 10_000);
  assert.ok(count > 400);
  assert.equal(end, lines.slice(-count).join(''));
});

test('of one long line, the end goes along, beginning with a whole character', () => {
  const end = endOf(`${'é'.repeat(8000)}x`);
  assert.equal(end, `${'é'.repeat(4999)}x`);
});

test('the start does not hold up, and is heard of before the end', async (t) => {
  const gate = Promise.withResolvers<void>();
  const server = await startReceiver(t, async (_request, response, count) => {
    if (count === 1) await gate.promise;
    response.end();
  });
  const pinger = new Pinger(`${server.url}/x`, { ...context(), logger: recordingLogger().logger });
  assert.equal(pinger.hasStarted, false);
  pinger.start();
  pinger.start();
  assert.equal(pinger.hasStarted, true);
  const ended = pinger.end({ type: 'success' }, forEver);
  gate.resolve();
  await ended;
  assert.deepEqual(server.lines, ['GET /x/start', 'GET /x']);
});

test('a monitor that is out of order is logged, and changes nothing', async (t) => {
  const server = await startReceiver(t, statuses(404));
  const { logger, lines } = recordingLogger();
  const pinger = new Pinger(`${server.url}/S3CR3T`, { ...context(), logger });
  pinger.start();
  await pinger.end({ type: 'success' }, forEver);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['warn', 'warn'],
  );
  assert.match(
    lines[1]?.message ?? '',
    /^The ping \(success\) did not arrive: .* status 404\. Check that url of \[notify\.ping\]/,
  );
  assert.doesNotMatch(JSON.stringify(lines), /S3CR3T/);
});

test('a start that hangs does not keep the end for longer than the signal allows', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const server = await startReceiver(t, () => arrived.resolve());
  const pinger = new Pinger(`${server.url}/x`, { ...context(), logger: recordingLogger().logger });
  pinger.start();
  await arrived.promise;
  const controller = new AbortController();
  const ended = pinger.end({ type: 'success' }, controller.signal);
  controller.abort(new Error('enough'));
  await ended;
  assert.deepEqual(server.lines, ['GET /x/start'], 'the start was under way, and no end was sent');
});
