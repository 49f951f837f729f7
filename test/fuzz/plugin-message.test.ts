import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { asIcError, Fault } from '../../src/destinations/program/fault.ts';
import { readLines } from '../../src/destinations/program/read-lines.ts';
import { readMessage } from '../../src/destinations/program/read-message.ts';
import { kinds } from '../../src/platform/kinds.ts';
import { fuzz } from './fuzz.ts';
import { composed, inPieces, mutated, pieces } from './mutations.ts';

const samples = [
  {
    type: 'ready',
    protocol: 1,
    kinds: ['sessions', 'backups'],
    batch: { items: 10, bytes: 1000 },
    recognises: true,
  },
  { type: 'committed', batch: 3, items: [{ item: 1, status: 'updated', bytes: 10, location: 'x' }] },
  { type: 'refused', item: 2, reason: 'no' },
  { type: 'failed', code: 'io', reason: 'disk', hint: 'buy one' },
  { type: 'log', level: 'warn', message: 'hm' },
].map((message) => JSON.stringify(message));

const words = [
  ...[
    '"type":',
    '"ready"',
    '"committed"',
    '"refused"',
    '"failed"',
    '"log"',
    '"items":',
    '"item":',
    '"batch":',
    ',',
  ],
  ...[
    '"protocol":1',
    '"protocol":1e0',
    '"kinds":["sessions"]',
    '"code":"internal"',
    '"status":"stored"',
    '{',
    '}',
    '[',
  ],
  ...[
    '"hint":{}',
    '"reason":""',
    '"bytes":-0',
    '9007199254740993',
    '1.5',
    '"\\ud800"',
    '['.repeat(500),
    '{"a":'.repeat(300),
  ],
];

const isCount = (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** What docs/plugins.md says of each message. */
function checkMessage(message: ReturnType<typeof readMessage>): void {
  switch (message.type) {
    case 'ready':
      assert.ok(message.kinds.size > 0 && [...message.kinds].every((kind) => kinds.includes(kind)));
      assert.ok(message.batch.items >= 1 && message.batch.items <= 1000);
      assert.ok(message.batch.bytes >= 1 && message.batch.bytes <= 64 * 1024 ** 2);
      assert.equal(typeof message.recognises, 'boolean');
      break;
    case 'committed':
      assert.ok(isCount(message.batch));
      for (const { item, bytes, location } of message.items) {
        assert.ok(isCount(item) && (bytes === null || isCount(bytes)));
        assert.ok(location === null || typeof location === 'string');
      }
      break;
    case 'refused':
      assert.ok(isCount(message.item) && isText(message.reason));
      break;
    case 'failed':
      assert.ok(
        isText(message.reason) && ['unreachable', 'io', 'refused', 'configuration'].includes(message.code),
      );
      assert.ok(message.hint === null || isText(message.hint));
      break;
    case 'log':
      assert.ok(
        typeof message.message === 'string' && ['error', 'warn', 'info', 'debug'].includes(message.level),
      );
  }
}

test('any line of a plugin is a message or a fault that is told shortly', async (t) => {
  await fuzz(t, fc.oneof(mutated(samples, words), composed(words)), 6000, (line) => {
    try {
      checkMessage(readMessage(line.toString()));
    } catch (error) {
      assert.ok(error instanceof Fault, String(error));
      assert.ok(error.message.length < 400);
      assert.ok(error.code === 'io' || error.code === 'configuration');
      const config = { name: 'x', secrets: [] } as unknown as Parameters<typeof asIcError>[1];
      assert.equal(asIcError(error, config, '').code, error.code);
    }
  });
});

async function linesOf(
  bytes: Buffer,
  lengths: readonly number[],
  longest: number,
): Promise<readonly string[]> {
  const lines: string[] = [];
  const stream = Readable.from(inPieces(bytes, lengths));
  readLines(stream, longest, {
    line: (text) => lines.push(`line ${text}`),
    tooLong: (start) => lines.push(`too long ${start}`),
  });
  await finished(stream);
  return lines;
}

test('lines are cut alike in whatever pieces they come, and none is kept that is too long', async (t) => {
  const output = composed(['\n', '\r\n', '\n\n', 'abc', 'é', 'x'.repeat(40), 'y'.repeat(41)], 60);
  await fuzz(t, fc.tuple(output, pieces), 1000, async ([bytes, lengths]) => {
    const lines = await linesOf(bytes, lengths, 40);
    assert.deepEqual(lines, await linesOf(bytes, [], 40));
    for (const line of lines) assert.ok(Buffer.byteLength(line) <= 3 * 40 + 9, line);
    const expected = bytes.toString('latin1').split('\n');
    if (expected.at(-1) === '') expected.pop();
    assert.equal(lines.length, expected.length);
    for (const [index, line] of lines.entries())
      assert.equal(line.startsWith('too long'), (expected[index]?.length ?? 0) > 40);
  });
});
