import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunRecord, StateChange } from '../../src/state/state.ts';
import { openState } from '../../src/state/store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { begin, delivered, hashOf, run, session, time, watermark } from './samples.ts';

const size = async (path: string) => (await stat(path)).size;
const day = 86_400;
const nothingNew = { seen: 0, delivered: 0, unchanged: 0, skipped: 0, failed: 0, owed: 0, bytes: 0 };

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

test('the last 50 runs are kept, the last 20 failures, and 90 days of each transfer', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await openState(path);
  const runs = (
    transfer: string,
    count: number,
    every: number,
    of: Partial<RunRecord> = {},
  ): readonly StateChange[] =>
    Array.from({ length: count }, (_, index) => {
      const startedAt = time + index * every;
      return run(transfer, { id: `${index}`, startedAt, finishedAt: startedAt + 1, ...of });
    });
  await state.commit([
    begin('often'),
    begin('daily'),
    begin('failing'),
    ...runs('often', 120, 900),
    ...runs('daily', 200, day),
    ...runs('failing', 30, 60, { status: 'failed', exitCode: 69 }),
    ...runs('failing', 60, 3600),
  ]);
  assert.deepEqual([state.runs('often').length, state.runs('daily').length], [50, 50]);
  assert.deepEqual([state.runs('often')[0]?.id, state.runs('often')[49]?.id], ['119', '70']);
  assert.equal(state.runs('daily')[0]?.id, '199');
  const failing = state.runs('failing');
  assert.deepEqual(
    [failing.length, failing[0]?.id, failing[50]?.id, failing[69]?.id],
    [70, '59', '29', '10'],
  );
  await state.commit(runs('failing', 1, 0, { startedAt: time + 100 * day }));
  assert.equal(state.runs('failing').length, 1, 'what is older than 90 days goes');
  assert.equal(state.days('daily').length, 90);
  assert.equal(state.days('often').length, 2);
  assert.ok((state.days('daily')[0]?.day ?? '') < (state.days('daily')[89]?.day ?? ''));
  const before = await size(path);
  await state.commit(runs('often', 120, 900));
  assert.ok((await size(path)) < before * 1.3);
  state.close();
});

test('runs that found nothing new take next to no room in what each commit writes', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await openState(path);
  const names = Array.from({ length: 20 }, (_, index) => `site-${index}-to-archive`);
  await state.commit(names.flatMap((name) => [begin(name), watermark(name, time), run(name)]));
  const without = await size(path);
  const kinds = { sessions: nothingNew, 'session-recordings': nothingNew };
  for (let index = 1; index <= 60; index += 1) {
    const startedAt = time + index * 900;
    const id = hashOf('a').slice(0, 6) + String(index).padStart(6, '0');
    await state.commit(names.map((name) => run(name, { id, startedAt, finishedAt: startedAt + 2, kinds })));
  }
  state.close();
  const perTransfer = ((await size(path)) - without) / names.length;
  assert.ok(perTransfer < 4096, `${perTransfer} bytes a transfer`);
});

test('how far a kind has come, and when the last whole run ended, is read without any history', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const state = await openState(path);
  t.after(() => state.close());
  const failed = { status: 'failed', error: { code: 'io', exit_code: 74, message: '', hint: null } } as const;
  await state.commit([
    begin('a'),
    watermark('a', time),
    run('a', { finishedAt: time + 7 }),
    run('a', { ...failed, finishedAt: time + 900 }),
  ]);
  assert.equal(state.lastWholeRun('a'), time + 7);
  assert.equal(state.lastWholeRun('b'), null);
  assert.equal(state.kind('a', 'sessions')?.reached, time);
  assert.equal(state.kind('a', 'presentations'), null);
});
