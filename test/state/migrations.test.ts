import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Image } from '../../src/state/image.ts';
import { readTransfer } from '../../src/state/queries.ts';
import { migrations } from '../../src/state/schema.ts';
import { loadSqlJs } from '../../src/state/sql-js.ts';
import { time } from './samples.ts';

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
