import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StateChange } from '../../src/state/state.ts';
import { openState } from '../../src/state/store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { begin, delivered, hashOf, run, session, time } from './samples.ts';

const size = async (path: string) => (await stat(path)).size;
const day = 86_400;

test('a ledger of 100,000 items shrinks when it is pruned, and keeps what is young', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await openState(path);
  const items = 100_000;
  const lsid = (index: number) => `${index}`.padStart(32, '0');
  const changes = Array.from({ length: items }, (_, index) =>
    delivered('a', lsid(index), hashOf('a'), time + index),
  );
  await state.commit([begin('a'), ...changes]);
  const full = await size(path);
  assert.ok(full / items < 110, `${full / items} bytes an item`);
  await state.commit([{ type: 'prune', transfer: 'a', kind: 'sessions', before: time + items - 100 }]);
  assert.ok((await size(path)) < full / 50, `${await size(path)} of ${full} bytes`);
  assert.equal(state.delivered('a', session(lsid(items - 101))), null);
  assert.equal(state.delivered('a', session(lsid(items - 100))), hashOf('a'));
  assert.equal(state.delivered('a', session(lsid(items - 1))), hashOf('a'));
  assert.equal(state.transfer('a')?.kinds.get('sessions')?.delivered, items);
  state.close();
});

test('history is kept for 90 days and 1,000 runs of each transfer', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await openState(path);
  const runs = (transfer: string, count: number, every: number): readonly StateChange[] =>
    Array.from({ length: count }, (_, index) => {
      const startedAt = time + index * every;
      return run(transfer, { id: `${index}`, startedAt, finishedAt: startedAt + 1 });
    });
  await state.commit([
    begin('often'),
    begin('daily'),
    ...runs('often', 1500, 60),
    ...runs('daily', 200, day),
  ]);
  assert.deepEqual([state.runs('often').length, state.runs('daily').length], [1000, 91]);
  assert.equal(state.runs('often')[0]?.id, '1499');
  assert.equal(state.runs('daily')[0]?.id, '199');
  assert.equal(state.days('daily').length, 90);
  assert.equal(state.days('often').length, 2);
  assert.ok((state.days('daily')[0]?.day ?? '') < (state.days('daily')[89]?.day ?? ''));
  const before = await size(path);
  await state.commit(runs('often', 1500, 60));
  assert.ok((await size(path)) < before * 1.3);
  state.close();
});
