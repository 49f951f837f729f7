import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hour, install } from '../support/installation.ts';

test('a pull reports where each manifest ends, so that it can be kept elsewhere', async (t) => {
  const { appliance, archive, pull } = await install(t, { transfer: 'data = sessions, session-recordings' });
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - hour, endTime: now - hour / 2 });
  const { code, transfer, stderr } = await pull();
  assert.equal(code, 0, stderr);

  const folder = join(archive, 'ic-manifest');
  const months = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const lines = (await readFile(join(folder, months.at(-1) ?? ''), 'utf8')).trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  const [head, ...others] = transfer.heads;
  assert.deepEqual(others, [], 'both kinds share one manifest');
  assert.deepEqual(head.kinds, ['sessions', 'session-recordings']);
  assert.equal(head.sequence, JSON.parse(last).seq);
  assert.equal(head.hash, createHash('sha256').update(last).digest('hex'));
  assert.match(head.id, /./);
});
