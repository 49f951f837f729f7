import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Image } from '../../src/state/image.ts';
import { readDays, readLastWholeRun, readRuns, readTransfer } from '../../src/state/queries.ts';
import { migrations } from '../../src/state/schema.ts';
import { loadSqlJs } from '../../src/state/sql-js.ts';
import { runRecord, time } from './samples.ts';

test('a state of the first version still knows who was told of what', async (t) => {
  const sqlJs = await loadSqlJs();
  const old = new sqlJs.Database();
  old.run(`${migrations[0]}; PRAGMA user_version = 1`);
  old.run(
    `INSERT INTO transfer (name, site, destination, notified_at) VALUES ('a', 'hq', 'archive', ${time}), ('b', 'hq', 'archive', NULL)`,
  );
  const image = new Image(sqlJs, old.export());
  t.after(() => image.close());
  assert.deepEqual([...(readTransfer(image, 'a')?.notifiedAt ?? [])], [['mail', time]]);
  assert.equal(readTransfer(image, 'b')?.notifiedAt.size, 0);
});

test('of the thousand runs that the fourth version kept of a transfer, the latest and the failures are taken over', async (t) => {
  const sqlJs = await loadSqlJs();
  const old = new sqlJs.Database();
  old.run(`${migrations.slice(0, 4).join(';')}; PRAGMA user_version = 4`);
  old.run(`INSERT INTO transfer (id, name, site, destination) VALUES (1, 'a', 'hq', 'archive'), (2, 'b', 'hq', 'archive');
    INSERT INTO day VALUES (1, '2026-11-22', 5, 0, 0, 0, 0, 9), (7, '2026-11-22', 5, 0, 0, 0, 0, 9)`);
  const { warnings: _, ...before } = runRecord();
  for (let index = 0; index < 1000; index += 1) {
    const startedAt = time + index * 900;
    const failed = index % 100 === 0 || index === 999;
    const error = failed ? { code: 'unreachable', exit_code: 69, message: 'no', hint: null } : null;
    const status = failed ? 'failed' : 'ok';
    const record = { ...before, id: `${index}`, startedAt, finishedAt: startedAt + 5, status, error };
    old.run('INSERT INTO run (transfer, started_at, record) VALUES (1, ?, ?)', [
      startedAt,
      JSON.stringify(record),
    ]);
  }
  const image = new Image(sqlJs, old.export());
  t.after(() => image.close());
  const ids = readRuns(image, 'a').map(({ id }) => Number(id));
  const failures = [900, 800, 700, 600, 500, 400, 300, 200, 100, 0];
  assert.deepEqual(ids, [...Array.from({ length: 50 }, (_run, index) => 999 - index), ...failures]);
  assert.deepEqual(readRuns(image, 'a')[0]?.warnings, []);
  assert.equal(readTransfer(image, 'a')?.lastRun?.id, '999');
  assert.equal(readLastWholeRun(image, 'a'), time + 998 * 900 + 5);
  assert.deepEqual([readRuns(image, 'b'), readLastWholeRun(image, 'b')], [[], null]);
  assert.equal(readDays(image, 'a').length, 1);
  assert.deepEqual(image.all('PRAGMA foreign_key_check'), [], 'what belonged to no transfer is left behind');
});
