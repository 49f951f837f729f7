import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openState } from '../../src/state/store.ts';
import { type Child, startChild, wasKilled } from '../support/child.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { hashOf } from './samples.ts';

const commitScript = new URL('./processes/commit.ts', import.meta.url);
const hash = hashOf('a');

interface Work {
  readonly path: string;
  readonly transfer: string;
  readonly from: number;
  readonly to: number;
  readonly workMs?: number;
  readonly killPoint?: string;
}

/** A process that commits items of a transfer one by one, and that is ready to begin. */
async function committer(
  t: TestContext,
  { path, transfer, from, to, workMs = 0, killPoint }: Work,
): Promise<Child> {
  const env = killPoint === undefined ? {} : { IC_KILL_POINT: killPoint };
  const child = startChild(t, commitScript, [path, transfer, `${from}`, `${to}`, `${workMs}`], env);
  assert.equal(await child.nextLine(), 'ready');
  return child;
}

const acknowledged = (child: Child) => child.lines.slice(1).map(Number);

/** What a commit acknowledged is there; of the one in progress, all or nothing. */
async function assertHolds(path: string, transfer: string, items: readonly number[]): Promise<void> {
  const state = await openState(path);
  const last = items.at(-1);
  const known = (item: number) =>
    state.delivered(transfer, { kind: 'sessions', lsid: `${item}`, instance: 0 });
  for (const item of items) assert.equal(known(item), hash, `item ${item} of ${transfer}`);
  const watermark = state.transfer(transfer)?.kinds.get('sessions')?.watermark ?? null;
  if (last !== undefined)
    assert.ok(watermark === last || watermark === last + 1, `${watermark} after ${last}`);
  if (watermark !== null) assert.equal(known(watermark), hash, 'ledger and watermark move together');
  state.close();
}

test('processes that commit side by side on one file lose nothing', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const transfers = ['a', 'b', 'c', 'd', 'e'];
  const works = transfers.map((transfer) => ({ path, transfer, from: 0, to: 30 }));
  const children = await Promise.all(works.map((work) => committer(t, work)));
  for (const child of children) child.send('go');
  for (const child of children) assert.deepEqual(await child.ended, { code: 0, signal: null });
  for (const [index, transfer] of transfers.entries()) {
    assert.equal(acknowledged(children[index] as Child).length, 30);
    await assertHolds(path, transfer, acknowledged(children[index] as Child));
  }
});

for (const point of ['state:written', 'state:synced', 'state:previous-kept', 'state:renamed']) {
  test(`a process killed at ${point} loses nothing that was acknowledged`, async (t) => {
    const path = join(await temporaryDirectory(t), 'state.db');
    for (let hit = 1; hit <= 5; hit += 1) {
      const transfer = `transfer-${hit}`;
      const child = await committer(t, { path, transfer, from: 0, to: 10, killPoint: `${point}:${hit}` });
      child.send('go');
      assert.ok(wasKilled(await child.ended));
      // The first commit only begins the transfer.
      assert.equal(acknowledged(child).length, Math.max(0, hit - 2));
      await assertHolds(path, transfer, acknowledged(child));
    }
    const state = await openState(path);
    assert.deepEqual(state.notices, []);
    state.close();
  });
}

test('processes killed at any moment lose nothing that was acknowledged, and hold nobody up', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db');
  const steady = await committer(t, { path, transfer: 'steady', from: 0, to: 1_000_000, workMs: 10 });
  steady.send('go');
  let from = 0;
  for (let round = 0; round < 10; round += 1) {
    const child = await committer(t, { path, transfer: 'killed', from, to: 1_000_000 });
    child.send('go');
    await killAfter(child, steady, round);
    const items = acknowledged(child);
    await assertHolds(path, 'killed', items);
    from = (items.at(-1) ?? from - 1) + 1;
  }
  steady.kill();
  await steady.ended;
  assert.ok(from > 10, `${from} commits`);
  assert.ok(acknowledged(steady).length > 10);
  await assertHolds(path, 'steady', acknowledged(steady));
});

/** Lets it commit a little, then kills it at a moment that nothing in it decides: when the other has committed a little, too. */
async function killAfter(child: Child, other: Child, commits: number): Promise<void> {
  for (let count = 0; count <= commits % 5; count += 1) await child.nextLine();
  for (let count = 0; count <= commits % 3; count += 1) await other.nextLine();
  child.kill();
  await child.ended;
}
