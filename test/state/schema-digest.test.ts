import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrations } from '../../src/state/schema.ts';
import { schemaDigest, schemaDigests, whatIsForeign } from '../../src/state/schema-digest.ts';
import { loadSqlJs } from '../../src/state/sql-js.ts';

test('the digest of every version of the schema is known: after a new migration, add the last one here', async () => {
  const sqlJs = await loadSqlJs();
  const database = new sqlJs.Database();
  const digests = [schemaDigest(database)];
  for (const migration of migrations) {
    database.run(migration);
    digests.push(schemaDigest(database));
  }
  database.close();
  assert.deepEqual(schemaDigests, digests);
});

test('an image that SQLite could read and not write is foreign', async () => {
  const sqlJs = await loadSqlJs();
  const database = new sqlJs.Database();
  for (const migration of migrations) database.run(migration);
  database.run(`PRAGMA user_version = ${migrations.length}`);
  const image = database.export();
  database.close();
  assert.equal(whatIsForeign(sqlJs, image), null);
  for (const byte of [18, 19]) {
    const planted = image.slice();
    planted[byte] = 3;
    assert.match(whatIsForeign(sqlJs, planted) ?? '', /format/);
  }
});
