import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { sealed, unseal } from '../../../src/state/seal.ts';
import { hour, type Installation, install } from '../../support/installation.ts';

/** A seal has no key: whoever may write to the state's directory can make one that fits. */
describe('a state that somebody else has made and sealed', { concurrency: 2 }, () => {
  for (const [what, sql] of [
    ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON ledger BEGIN UPDATE stream SET watermark = 9e9; END'],
    [
      'a view without end in the place of a table',
      `DROP TABLE notified; CREATE VIEW notified AS
        WITH RECURSIVE c(transfer) AS (SELECT 1 UNION ALL SELECT transfer + 1 FROM c) SELECT transfer, '' AS channel, 0 AS at FROM c`,
    ],
    ['a table of its own', 'CREATE TABLE mine (a)'],
    ['a table with another column', 'ALTER TABLE ledger ADD COLUMN more'],
    ['a table without a column', 'ALTER TABLE stream DROP COLUMN bytes'],
  ] as const) {
    test(`with ${what}: it is set aside, and the previous generation is used`, async (t) => {
      const installation = await withHistory(t);
      const planted = await plant(installation, (database) => database.exec(sql));
      await assertRecovered(installation, planted, /has tables, views or triggers that ic has not made/);
    });
  }

  test('with pages that are none: it is set aside, and the previous generation is used', async (t) => {
    const installation = await withHistory(t);
    const planted = await plant(
      installation,
      () => {},
      (image) => image.fill(0x5a, 4096),
    );
    await assertRecovered(installation, planted, /is damaged inside/);
  });
});

async function withHistory(t: TestContext): Promise<Installation> {
  const installation = await install(t);
  for (let run = 1; run <= 2; run += 1) {
    const now = installation.appliance.clock.seconds();
    installation.appliance.sessions.add({ startTime: now - hour, endTime: now - 60 * run });
    assert.equal((await installation.pull()).code, 0);
  }
  return installation;
}

/** Changes the state's database and seals it as `ic` does. */
async function plant(
  { directory }: Installation,
  change: (database: DatabaseSync) => void,
  spoil: (image: Uint8Array) => void = () => {},
): Promise<Buffer> {
  const path = join(directory, 'ic-state.db');
  const snapshot = unseal(await readFile(path));
  assert.ok(snapshot);
  const scratch = join(directory, 'scratch.db');
  await writeFile(scratch, snapshot.image);
  const database = new DatabaseSync(scratch);
  change(database);
  database.close();
  const image = await readFile(scratch);
  spoil(image);
  const forged = sealed(image, snapshot.generation + 1);
  const bytes = Buffer.concat([forged.image, forged.seal]);
  await writeFile(path, bytes);
  return bytes;
}

async function assertRecovered(installation: Installation, planted: Buffer, said: RegExp): Promise<void> {
  const { code, stderr, sessions } = await installation.pull();
  assert.equal(code, 0, stderr);
  assert.match(stderr, said);
  assert.match(stderr, /its previous generation is used/);
  assert.equal(sessions.delivered, 0, 'what was delivered is known still');
  const aside = (await readdir(installation.directory)).filter((name) => name.includes('.damaged-'));
  assert.equal(aside.length, 1);
  assert.deepEqual(await readFile(join(installation.directory, aside[0] ?? '')), planted);
  assert.equal((await installation.pull()).stderr, '');
}
