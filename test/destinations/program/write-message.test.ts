import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemLine } from '../../../src/destinations/program/write-message.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';

const scripts = 'Zoë; Привет; 你好; e\u0301; 👩‍💻 🇩🇪 𝒳; \u2028';

test('a line is ASCII, and says the same', async () => {
  const delivery = await makeSessionDelivery({ lsid: 'a1', chat: scripts });
  const line = [...itemLine(1, delivery)].join('');

  assert.match(line, /^[\x20-\x7e]+\n$/);
  const message = JSON.parse(line);
  assert.deepEqual(message.model, JSON.parse(JSON.stringify(delivery.record)));
  assert.equal(message.raw, Buffer.from(delivery.raw).toString());
});

test('a huge session comes in small pieces, and letters are not torn where they meet', async () => {
  const chat = scripts.repeat(20_000);
  const delivery = await makeSessionDelivery({ lsid: 'a1', chat: `x${chat}`, padding: 3_000_000 });
  const pieces = [...itemLine(1, delivery)];

  const rawPieces = pieces.slice(pieces.indexOf(',"raw":"'));
  assert.ok(Math.max(...rawPieces.map((piece) => piece.length)) < 500_000);
  assert.ok(pieces.length > 50, `${pieces.length} pieces`);
  const message = JSON.parse(pieces.join(''));
  assert.deepEqual(message.model, JSON.parse(JSON.stringify(delivery.record)));
  assert.equal(Buffer.from(message.raw).equals(delivery.raw), true);
});

test('bytes that are not UTF-8 come as base64', async () => {
  const delivery = await makeSessionDelivery({ lsid: 'a1', padding: 200_000 });
  const raw = Uint8Array.from([...delivery.raw, 0xff, 0xfe]);
  const message = JSON.parse([...itemLine(1, { ...delivery, raw })].join(''));

  assert.equal('raw' in message, false);
  assert.equal(Buffer.from(message.rawBase64, 'base64').equals(raw), true);
});
