import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Destination } from '../../../src/destinations/destination.ts';
import { createSqlServerDestination } from '../../../src/destinations/sql-server/sql-server-destination.ts';
import { sealSqlServer, verifySqlServer } from '../../../src/destinations/sql-server/verify.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';
import { startTdsServer, type TdsServer } from '../../tds/server.ts';
import { richPresentation, richSession } from '../sql/rich-records.ts';
import { connectSqlite, newDatabasePath, query } from '../sqlite/support.ts';

const surroundings = { clock: systemClock, logger: silentLogger, signal: calm };
const configOf = ({ connectionString }: TdsServer) =>
  ({ type: 'sql-server', name: 'warehouse', connectionString, storeSystemInformation: true }) as const;

async function use(
  server: TdsServer,
  work: (destination: Destination) => Promise<void>,
  site = 'hq',
): Promise<void> {
  const context = { transfer: 'hq-to-warehouse', site, clock: systemClock, logger: silentLogger };
  const destination = createSqlServerDestination(configOf(server), context);
  try {
    await destination.open(calm);
    await work(destination);
  } finally {
    await destination.close();
  }
}

async function verify(server: TdsServer) {
  const { problems, totals } = verifySqlServer(configOf(server), surroundings);
  const found = (await Array.fromAsync(problems)).map(({ kind, path }) => `${kind} ${path}`);
  return { found, totals };
}

const records = async () => [
  await richSession('rich'),
  await richPresentation('slides'),
  await makeSessionDelivery({ lsid: 'a1' }),
  await makeSessionDelivery({ lsid: 'a2' }),
];

describe('what a server holds', { concurrency: true }, () => {
  test('has the same digests and the same tally as in SQLite', async (t) => {
    await using server = await startTdsServer();
    await use(server, async (destination) => void (await destination.deliver(await records(), calm)));
    const path = await newDatabasePath(t);
    const local = connectSqlite(path, { storeSystemInformation: true });
    await local.open(calm);
    await local.deliver(await records(), calm);
    await local.close();
    for (const sql of [
      'SELECT kind, lsid, row_count, rows_digest FROM ic_delivery ORDER BY kind, lsid',
      'SELECT * FROM ic_tally ORDER BY kind',
    ])
      assert.deepEqual(
        server.database.query(sql).map((row) => ({ ...row })),
        query(path, sql),
      );
  });

  test('is verified by content, and sealed', async () => {
    await using server = await startTdsServer();
    await use(server, async (destination) => {
      await destination.deliver(await records(), calm);
      const edited = await makeSessionDelivery({ lsid: 'a1', chat: 'later' });
      assert.deepEqual(statuses(await destination.deliver([edited], calm)), ['updated']);
    });
    assert.deepEqual(await verify(server), { found: [], totals: { files: 4, bytes: 0, unsealed: 0 } });

    server.database.query("UPDATE session_event_data SET value = 'never said' WHERE value = 'later'");
    server.database.query("INSERT INTO session (lsid, host_name) VALUES ('added', 'h')");
    server.database.query("DELETE FROM session WHERE lsid = 'a2'");
    server.database.query("DELETE FROM ic_delivery WHERE lsid = 'a2'");
    server.database.query("DELETE FROM presentation_attendee WHERE name = 'Guest 31'");
    assert.deepEqual((await verify(server)).found, [
      'altered session a1 of support.example.com',
      'unknown session added of h',
      'chain dbo.ic_delivery, sessions',
      'altered presentation slides of support.example.com',
    ]);
  });

  test('keeps the row of a site whose host changes, and those of two sites on one host apart', async () => {
    await using server = await startTdsServer();
    const host = 'new.example.com';
    await use(server, async (destination) => {
      await destination.deliver([await makeSessionDelivery({ lsid: 'a1' })], calm);
      const moved = await makeSessionDelivery({ lsid: 'a1', host });
      assert.deepEqual(statuses(await destination.deliver([moved], calm)), ['updated']);
      assert.deepEqual(statuses(await destination.deliver([moved], calm)), ['unchanged']);
    });
    const other = await makeSessionDelivery({ lsid: 'a1', host, site: 'branch', chat: 'other' });
    await use(
      server,
      async (destination) => {
        assert.deepEqual(statuses(await destination.deliver([other], calm)), ['stored']);
        assert.deepEqual(statuses(await destination.deliver([other], calm)), ['unchanged']);
      },
      'branch',
    );
    assert.deepEqual(
      server.database.records.map(({ id, lsid, host: now }) => [id, lsid, now]),
      [
        [1, 'a1', host],
        [2, 'a1', host],
      ],
    );
    assert.deepEqual((await verify(server)).found, []);
  });

  test('of an earlier version has its content noted by sealing', async () => {
    await using server = await startTdsServer();
    await use(server, async (destination) => void (await destination.deliver(await records(), calm)));
    const kept = server.database.query('SELECT * FROM ic_tally');
    server.database.query('UPDATE ic_delivery SET rows_digest = NULL');
    server.database.query('UPDATE ic_tally SET digest_a = 0, digest_b = 0, digest_c = 0, digest_d = 0');
    assert.deepEqual(await verify(server), { found: [], totals: { files: 4, bytes: 0, unsealed: 4 } });
    const sealing = await sealSqlServer(configOf(server), surroundings);
    assert.deepEqual(sealing, { completed: 4, changed: 0, removed: 0 });
    assert.deepEqual(await verify(server), { found: [], totals: { files: 4, bytes: 0, unsealed: 0 } });
    assert.deepEqual(server.database.query('SELECT * FROM ic_tally'), kept);
  });
});
