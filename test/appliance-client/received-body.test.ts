import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceivedBody } from '../../src/appliance/received-body.ts';

interface Sender {
  readonly body: ReceivedBody;
  readonly calls: string[];
}

function receive(): Sender {
  const calls: string[] = [];
  const note = (call: string) => () => {
    calls.push(call);
  };
  const source = { pause: note('pause'), resume: note('resume'), cancel: note('cancel') };
  return { body: new ReceivedBody(source), calls };
}

test('what came before a failure is read, then the failure', async () => {
  const { body } = receive();
  body.push(Buffer.from('a'));
  body.fail(new Error('cut'));
  assert.equal(String((await body.next()).value), 'a');
  await assert.rejects(body.next(), /cut/);
});

test('the sender is held back while a megabyte waits, and let go when most of it was read', async () => {
  const { body, calls } = receive();
  for (let index = 0; index < 4; index += 1) body.push(new Uint8Array(300_000));
  assert.deepEqual(calls, ['pause']);
  await body.next();
  await body.next();
  await body.next();
  assert.deepEqual(calls, ['pause']);
  await body.next();
  assert.deepEqual(calls, ['pause', 'resume']);
});

test('a sender who has ended is not let go on', async () => {
  const { body, calls } = receive();
  body.push(new Uint8Array(1_100_000));
  body.end();
  await body.next();
  assert.equal((await body.next()).done, true);
  assert.deepEqual(calls, ['pause']);
});

test('a reader who leaves ends the connection, once', async () => {
  const { body, calls } = receive();
  body.push(Buffer.from('a'));
  for await (const _chunk of body) break;
  body.discard();
  assert.deepEqual(calls, ['cancel']);
});

test('what was read is held no longer, also when the sender is always ahead', async () => {
  const { body } = receive();
  body.push(new Uint8Array(1_000_000));
  for (let index = 0; index < 1500; index += 1) {
    body.push(new Uint8Array(1_000_000));
    await body.next();
  }
  const { arrayBuffers } = process.memoryUsage();
  assert.ok(arrayBuffers < 500_000_000, `${arrayBuffers} bytes`);
});
