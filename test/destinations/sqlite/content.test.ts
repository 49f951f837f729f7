import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Destination } from '../../../src/destinations/destination.ts';
import { columnsOf, type TableName, tables } from '../../../src/destinations/sql/tables.ts';
import { sealSqlite, verifySqlite } from '../../../src/destinations/sqlite/verify.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { makePresentationDelivery, makeSessionDelivery } from '../../support/deliveries.ts';
import { richPresentation, richSession } from '../sql/rich-records.ts';
import { connectSqlite, execute, newDatabasePath, query, type SqliteOptions } from './support.ts';

const before = fileURLToPath(new URL('../../fixtures/0.1.0/installation/ic.db', import.meta.url));
const surroundings = { clock: systemClock, signal: calm };
const configOf = (path: string) =>
  ({ type: 'sqlite', name: 'local', path, storeSystemInformation: true }) as const;

const sessions = (...lsids: string[]) => Promise.all(lsids.map((lsid) => makeSessionDelivery({ lsid })));

async function verify(path: string) {
  const { problems, totals } = verifySqlite(configOf(path), surroundings);
  const found = (await Array.fromAsync(problems)).map(({ kind, path: where }) => `${kind} ${where}`);
  return { found, totals };
}

async function use(
  path: string,
  work: (destination: Destination) => Promise<void>,
  options: SqliteOptions = {},
): Promise<void> {
  const destination = connectSqlite(path, { storeSystemInformation: true, ...options });
  try {
    await destination.open(calm);
    await work(destination);
  } finally {
    await destination.close();
  }
}

/** A database with a session and a presentation that have something in every table. */
async function deliveredDatabase(t: TestContext): Promise<string> {
  const path = await newDatabasePath(t);
  await use(path, async (destination) => {
    await destination.deliver([await richSession('rich'), await richPresentation('slides')], calm);
    await destination.deliver(await sessions('a1', 'a2'), calm);
  });
  return path;
}

const tableNames = Object.keys(tables) as TableName[];

describe('verifying a database', { concurrency: true }, () => {
  test('finds nothing wrong with what was delivered, edited ones too', async (t) => {
    const path = await deliveredDatabase(t);
    await use(path, async (destination) => {
      const edited = await makeSessionDelivery({ lsid: 'a1', chat: 'later' });
      assert.deepEqual(statuses(await destination.deliver([edited], calm)), ['updated']);
    });
    assert.deepEqual(await verify(path), { found: [], totals: { files: 4, bytes: 0, unsealed: 0 } });
  });

  for (const table of tableNames) {
    test(`finds each changed cell of ${table}`, async (t) => {
      const path = await deliveredDatabase(t);
      const root = table.startsWith('presentation') ? 'presentation slides' : 'session rich';
      const [row] = query(path, `SELECT * FROM ${table} ORDER BY id LIMIT 1`);
      assert.ok(row);
      for (const { name } of columnsOf(table)) {
        const old: string | number | null = row[name] ?? null;
        for (const value of ["'another'", 'NULL', `CAST(${name} AS TEXT) || ' '`]) {
          const isRequired = ['lsid', 'host_name'].includes(name) || name.startsWith('public_site');
          if (value === 'NULL' && isRequired) continue;
          execute(path, `UPDATE ${table} SET ${name} = ${value} WHERE id = ${row.id}`);
          const now: unknown = query(path, `SELECT ${name} AS value FROM ${table} WHERE id = ${row.id}`)[0]
            ?.value;
          const { found } = await verify(path);
          const expected: readonly string[] = now === old ? [] : [`altered ${root} of support.example.com`];
          assert.deepEqual(found, expected, `${name} = ${value} instead of ${old}`);
          const text = typeof old === 'string' ? `'${old.replaceAll("'", "''")}'` : old;
          execute(path, `UPDATE ${table} SET ${name} = ${text} WHERE id = ${row.id}`);
        }
      }
    });

    test(`finds a row of ${table} that is added or removed`, async (t) => {
      const path = await deliveredDatabase(t);
      const names = query(path, `SELECT name FROM pragma_table_info('${table}') WHERE name <> 'id'`);
      const columns = names.map(({ name }) => name).join(', ');
      const isRoot = table === 'session' || table === 'presentation';
      const values = isRoot ? columns.replace(/\blsid\b/, "'added'") : columns;
      execute(path, `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${table} ORDER BY id LIMIT 1`);
      const record = table.startsWith('presentation') ? 'presentation slides' : 'session rich';
      const expected = isRoot ? `unknown ${table} added` : `altered ${record}`;
      assert.deepEqual((await verify(path)).found, [`${expected} of support.example.com`]);
      execute(path, `DELETE FROM ${table} WHERE id = (SELECT max(id) FROM ${table})`);
      assert.deepEqual((await verify(path)).found, []);
      execute(
        path,
        `PRAGMA foreign_keys = OFF; DELETE FROM ${table} WHERE id = (SELECT min(id) FROM ${table})`,
      );
      assert.ok((await verify(path)).found.some((line) => line.includes(record)));
    });
  }

  test('finds rows that belong to nothing', async (t) => {
    const path = await deliveredDatabase(t);
    execute(path, 'PRAGMA foreign_keys = OFF; INSERT INTO team (session_id, name) VALUES (99, NULL)');
    execute(
      path,
      'PRAGMA foreign_keys = OFF; INSERT INTO session_event_data (session_event_id) VALUES (999)',
    );
    assert.deepEqual((await verify(path)).found, ['unknown team', 'unknown session_event_data']);
  });

  test('finds system information that was moved to another session', async (t) => {
    const path = await deliveredDatabase(t);
    execute(path, "UPDATE system_information SET session_id = (SELECT id FROM session WHERE lsid = 'a1')");
    assert.deepEqual((await verify(path)).found, [
      'altered session rich of support.example.com',
      'altered session a1 of support.example.com',
    ]);
  });

  test('misses a session that is deleted together with its delivery record', async (t) => {
    const path = await deliveredDatabase(t);
    const cascade = 'PRAGMA foreign_keys = ON;';
    execute(
      path,
      `${cascade} DELETE FROM session WHERE lsid = 'a1'; DELETE FROM ic_delivery WHERE lsid = 'a1'`,
    );
    assert.deepEqual((await verify(path)).found, ['chain ic_delivery, sessions']);
    await use(path, async (destination) => {
      await destination.deliver(await sessions('a1', 'a2', 'a3'), calm);
    });
    assert.deepEqual((await verify(path)).found, ['chain ic_delivery, sessions'], 'until it is sealed');
    assert.deepEqual(await sealSqlite(configOf(path), surroundings), {
      completed: 0,
      changed: 0,
      removed: 0,
    });
    assert.deepEqual((await verify(path)).found, []);
  });

  test('takes a change for right once it is sealed, and goes on from there', async (t) => {
    const path = await deliveredDatabase(t);
    execute(path, "UPDATE customer SET display_name = 'Erased'");
    execute(path, "PRAGMA foreign_keys = ON; DELETE FROM session WHERE lsid = 'a1'");
    execute(path, "INSERT INTO session (lsid, host_name) VALUES ('own', 'support.example.com')");
    assert.equal((await verify(path)).found.length, 4);
    assert.deepEqual(await sealSqlite(configOf(path), surroundings), {
      completed: 0,
      changed: 2,
      removed: 1,
    });
    assert.deepEqual((await verify(path)).found, []);
    await use(path, async (destination) => {
      await destination.deliver(await sessions('a1', 'a4'), calm);
    });
    assert.deepEqual((await verify(path)).found, []);
    execute(path, "INSERT INTO session (lsid, host_name) VALUES ('other', 'support.example.com')");
    assert.deepEqual((await verify(path)).found, ['unknown session other of support.example.com']);
  });

  test('a change of the content hash alone, as repair makes it, is none', async (t) => {
    const path = await deliveredDatabase(t);
    execute(path, "UPDATE ic_delivery SET content_hash = ''");
    assert.deepEqual((await verify(path)).found, []);
    await use(path, async (destination) => {
      assert.deepEqual(statuses(await destination.deliver(await sessions('a1'), calm)), ['updated']);
    });
    assert.deepEqual((await verify(path)).found, []);
  });
});

describe('a database of version 0.1.0', { concurrency: true }, () => {
  async function taken(t: TestContext): Promise<string> {
    const path = await newDatabasePath(t);
    await copyFile(before, path);
    return path;
  }

  test('is verified as it stands by the number of rows, and says so', async (t) => {
    const path = await taken(t);
    assert.deepEqual(await verify(path), { found: [], totals: { files: 15, bytes: 0, unsealed: 15 } });
    execute(path, 'DELETE FROM session_event WHERE session_id = 3');
    assert.equal((await verify(path)).found.length, 1);
  });

  test('is brought up by a pull, keeps its ids, and misses a delivery record that is deleted', async (t) => {
    const path = await taken(t);
    const rows = query(path, 'SELECT id, lsid FROM session ORDER BY id');
    await use(path, async () => {}, { site: 'hq' });
    assert.deepEqual(query(path, 'SELECT id, lsid FROM session ORDER BY id'), rows);
    assert.deepEqual(await verify(path), { found: [], totals: { files: 15, bytes: 0, unsealed: 15 } });
    execute(path, 'DELETE FROM ic_delivery WHERE row_id = 3');
    assert.deepEqual((await verify(path)).found.length, 2, 'its row is unknown, and the count is wrong');
  });

  test('is completed by sealing, before or after the first pull', async (t) => {
    for (const isUsed of [false, true]) {
      const path = await taken(t);
      if (isUsed) await use(path, async () => {});
      assert.deepEqual(await sealSqlite(configOf(path), surroundings), {
        completed: 15,
        changed: 0,
        removed: 0,
      });
      assert.deepEqual(await verify(path), { found: [], totals: { files: 15, bytes: 0, unsealed: 0 } });
      execute(path, "UPDATE session_event SET performed_by = 'Mallory' WHERE id = 5");
      assert.equal((await verify(path)).found.length, 1);
    }
  });

  test('that has a session twice, since its host changed, goes on with the later row', async (t) => {
    const path = await taken(t);
    execute(
      path,
      `INSERT INTO session SELECT 99, lsid, 'later', start_time, end_time, duration, file_transfers, 'new.example.com',
         external_key, public_site_id, public_site_name, lseq, jump_group_id, jump_group_name, jump_group_type
         FROM session WHERE id = 1;
       INSERT INTO ic_delivery SELECT 'new.example.com', kind, lsid, 99, 0, content_hash, mapping, system_information, site,
         transfer, '2031-01-01T00:00:00Z' FROM ic_delivery WHERE kind = 'sessions' AND row_id = 1`,
    );
    await use(path, async () => {});
    const [kept] = query(
      path,
      'SELECT row_id FROM ic_delivery WHERE lsid = (SELECT lsid FROM session WHERE id = 1)',
    );
    assert.equal(kept?.row_id, 99);
    assert.deepEqual((await verify(path)).found.length, 1, 'the earlier row is named');
  });
});

describe('a record in a database', { concurrency: true }, () => {
  test('keeps its row and id when the host of its site changes', async (t) => {
    const path = await newDatabasePath(t);
    const rows = () => query(path, 'SELECT id, lsid, host_name FROM session ORDER BY id');
    await use(path, async (destination) => {
      await destination.deliver(
        [...(await sessions('a1', 'a2')), await makePresentationDelivery({ lsid: 'p' })],
        calm,
      );
      const host = 'new.example.com';
      const late = await makeSessionDelivery({ lsid: 'a2', chat: 'late', host });
      const offered = [
        await makeSessionDelivery({ lsid: 'a1', host }),
        late,
        await makePresentationDelivery({ lsid: 'p', host }),
      ];
      assert.deepEqual(statuses(await destination.deliver(offered, calm)), ['updated', 'updated', 'updated']);
      assert.deepEqual(rows(), [
        { id: 1, lsid: 'a1', host_name: host },
        { id: 2, lsid: 'a2', host_name: host },
      ]);
      assert.deepEqual(statuses(await destination.deliver(offered, calm)), [
        'unchanged',
        'unchanged',
        'unchanged',
      ]);
    });
    assert.equal(query(path, 'SELECT count(*) AS n FROM ic_delivery')[0]?.n, 3);
    assert.equal(query(path, 'SELECT count(*) AS n FROM presentation')[0]?.n, 1);
    assert.deepEqual((await verify(path)).found, []);
  });

  test('of a site stays apart from that of another site of the same host and LSID', async (t) => {
    const path = await newDatabasePath(t);
    const offer = async (site: string, chat: string) => {
      const delivery = await makeSessionDelivery({ lsid: 'a1', chat, site });
      let status = '';
      await use(
        path,
        async (destination) => {
          [status = ''] = statuses(await destination.deliver([delivery], calm));
        },
        { site },
      );
      return status;
    };
    assert.equal(await offer('hq', 'one'), 'stored');
    assert.equal(await offer('branch', 'two'), 'stored');
    assert.equal(await offer('hq', 'one'), 'unchanged');
    assert.equal(await offer('branch', 'three'), 'updated');
    const chats = query(path, "SELECT value FROM session_event_data WHERE name = 'body' ORDER BY value");
    assert.deepEqual(
      chats.map(({ value }) => value),
      ['one', 'three'],
    );
    assert.deepEqual((await verify(path)).found, []);
  });

  test('whose text is cut within a character is refused alone', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async (destination) => {
      const [good, bad, other] = await sessions('a1', 'a2', 'a3');
      assert.ok(good && bad && other);
      const cut = { ...bad, record: { ...bad.record, externalKey: 'half \ud83d' } };
      const outcomes = await destination.deliver([good, cut, other], calm);
      assert.deepEqual(statuses(outcomes), ['stored', 'refused', 'stored']);
      assert.match(outcomes[1]?.error?.message ?? '', /a2 .*external_key/);
    });
    assert.deepEqual((await verify(path)).found, []);
  });
});
