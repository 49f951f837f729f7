import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import type { Destination } from '../../../src/destinations/destination.ts';
import { distrustInSqlServer, verifySqlServer } from '../../../src/destinations/sql-server/verify.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { IcError } from '../../../src/platform/errors.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { startChild, wasKilled } from '../../support/child.ts';
import { claimUntil, makeSessionDelivery, sampleTime } from '../../support/deliveries.ts';
import { originalTables } from './original-tables.ts';
import {
  connectServer,
  databaseName,
  forDatabase,
  inDatabase,
  inTurn,
  newDatabase,
  type TestDatabase,
  withoutServer,
} from './support.ts';

const deliverScript = new URL('./processes/deliver.ts', import.meta.url);

async function use<T>(destination: Destination, work: (destination: Destination) => Promise<T>): Promise<T> {
  try {
    await destination.open(calm);
    return await work(destination);
  } finally {
    await destination.close();
  }
}

const sessions = (...lsids: string[]) => Promise.all(lsids.map((lsid) => makeSessionDelivery({ lsid })));

async function check(destination: Destination) {
  const results = await Array.fromAsync(destination.check(calm));
  await destination.close();
  return results;
}

describe('a real server', { skip: withoutServer, concurrency: 2 }, () => {
  test('gets the database once, when several find it missing at the same time', async (t) => {
    const connectionString = forDatabase(databaseName(t));
    const destinations = Array.from({ length: 3 }, () => connectServer({ connectionString }));
    await inTurn(() => Promise.all(destinations.map((destination) => use(destination, async () => {}))));
    const results = await check(connectServer({ connectionString }));
    assert.ok(results.every(({ ok }) => ok));
  });

  test('is told of a view that has the name of a table, before and after the first pull', async (t) => {
    const database = await newDatabase(t);
    await database.query('CREATE VIEW dbo.team AS SELECT 1 AS id');
    const refused = { code: 'configuration', message: /team is a view, not a table/ };
    const look = async () => {
      const failure = (await check(database.connect())).find(({ ok }) => !ok);
      assert.match(failure?.message ?? '', refused.message);
      await assert.rejects(
        use(database.connect(), async () => {}),
        refused,
      );
    };
    await look();
    await database.query('DROP VIEW dbo.team');
    await use(database.connect(), async () => {});
    await database.query('DROP TABLE dbo.team');
    await database.query('CREATE VIEW dbo.team AS SELECT 1 AS id');
    await look();
  });

  test('gets the database when it is missing', async (t) => {
    const name = databaseName(t);
    const destination = () => connectServer({ connectionString: forDatabase(name) });
    const results = await check(destination());
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true],
    );
    assert.match(results[0]?.message ?? '', /creates the database/);

    await inTurn(() => use(destination(), async () => {}));
    const [row] = (
      await inDatabase(name, (pool) => pool.query('SELECT MAX(version) AS v FROM dbo.ic_schema'))
    ).recordset;
    assert.ok(Number(row.v) >= 1);
  });

  test('tells a wrong password from a missing server', async (t) => {
    const database = await newDatabase(t);
    const wrong = database.connectionString.replace(/Password=[^;]*/i, 'Password=wrong-one');
    await assert.rejects(
      use(connectServer({ connectionString: wrong }), async () => {}),
      (error) => {
        assert.ok(error instanceof IcError);
        assert.equal(error.code, 'refused');
        assert.ok(!error.message.includes('wrong-one'));
        return true;
      },
    );
  });

  test('keeps what is there already: no row is written, no id given out', async (t) => {
    const database = await newDatabase(t);
    const ids = () => database.query('SELECT MAX(id) AS event FROM dbo.session_event');
    await use(database.connect(), async (destination) => {
      await destination.deliver(await sessions('a1', 'a2'), calm);
      await destination.advance('sessions', claimUntil(sampleTime), calm);
      const before = await ids();
      const [watermark] = await database.query('SELECT * FROM dbo.ic_watermark');
      assert.deepEqual(statuses(await destination.deliver(await sessions('a1', 'a2'), calm)), [
        'unchanged',
        'unchanged',
      ]);
      await destination.advance('sessions', claimUntil(sampleTime), calm);
      assert.deepEqual(await ids(), before);
      assert.deepEqual(await database.query('SELECT * FROM dbo.ic_watermark'), [watermark]);
    });
  });

  test('has its schema left alone by a second run', async (t) => {
    const database = await newDatabase(t);
    await use(database.connect(), async () => {});
    const indexes = () => database.query('SELECT COUNT(*) AS n FROM sys.indexes');
    const before = await indexes();
    await use(database.connect(), async () => {});
    assert.deepEqual(await indexes(), before);
    assert.equal((await database.query('SELECT * FROM dbo.ic_schema')).length, 1);
  });

  test('that a later version has changed is left alone', async (t) => {
    const database = await newDatabase(t);
    await use(database.connect(), async () => {});
    await database.query(
      `INSERT INTO dbo.ic_schema (version, name, applied_at) VALUES (99, N'later', SYSUTCDATETIME())`,
    );
    await assert.rejects(
      use(database.connect(), async () => {}),
      (error) =>
        error instanceof IcError && error.code === 'configuration' && /version 99/.test(error.message),
    );
  });

  test('is verified against what was delivered, and mended', async (t) => {
    const database = await newDatabase(t);
    const config = { type: 'sql-server', name: 'warehouse', storeSystemInformation: false } as const;
    const surroundings = { clock: systemClock, logger: silentLogger, signal: calm };
    const verify = async () => {
      const { connectionString } = database;
      const { problems, totals } = verifySqlServer({ ...config, connectionString }, surroundings);
      return { problems: await Array.fromAsync(problems), totals };
    };
    await use(database.connect(), async (destination) => {
      await destination.deliver(await sessions('a1', 'a2', 'a3'), calm);
      assert.deepEqual(await verify(), { problems: [], totals: { files: 3, bytes: 0 } });
      await database.query('DELETE FROM dbo.team; DELETE FROM dbo.representative WHERE session_id = 2');
      const { problems } = await verify();
      assert.deepEqual(
        problems.map(({ kind, path }) => `${kind} ${path}`),
        ['altered session a2 of support.example.com'],
      );

      const item = problems[0]?.item;
      assert.ok(item);
      await distrustInSqlServer(
        { ...config, connectionString: database.connectionString },
        item,
        surroundings,
      );
      const again = await destination.deliver(await sessions('a1', 'a2', 'a3'), calm);
      assert.deepEqual(statuses(again), ['unchanged', 'updated', 'unchanged']);
      assert.deepEqual((await verify()).problems, []);
    });
  });

  for (const [point, survivors] of [
    ['sql-server:written', 0],
    ['sql-server:committed', 5],
  ] as const) {
    test(`killed at ${point}, it holds a whole batch or nothing, and the next run mends it`, async (t) => {
      const database = await newDatabase(t);
      await use(database.connect(), async () => {});
      // The first transactions are those of opening.
      const hits = { 'sql-server:written': 3, 'sql-server:committed': 3 }[point];
      const child = startChild(t, deliverScript, [database.connectionString, '5'], {
        IC_KILL_POINT: `${point}:${hits}`,
      });
      assert.ok(wasKilled(await child.ended));

      assert.equal((await database.readTable('session')).length, survivors);
      const again = startChild(t, deliverScript, [database.connectionString, '5']);
      const status = survivors === 0 ? 'stored' : 'unchanged';
      assert.equal(await again.nextLine(), Array.from({ length: 5 }, () => status).join(' '));
      await again.ended;
      assert.equal((await database.readTable('session')).length, 5);
    });
  }
});

describe('least rights on a real server', { skip: withoutServer, concurrency: 2 }, () => {
  test('reading and writing rows is enough once the tables are there', async (t) => {
    const database = await newDatabase(t);
    await use(database.connect(), async () => {});
    const connectionString = await newLogin(t, database, 'SELECT, INSERT, UPDATE, DELETE');
    await use(connectServer({ connectionString }), async (destination) => {
      assert.deepEqual(statuses(await destination.deliver(await sessions('a1'), calm)), ['stored']);
      const changed = await makeSessionDelivery({ lsid: 'a1', chat: 'later' });
      assert.deepEqual(statuses(await destination.deliver([changed], calm)), ['updated']);
      await destination.advance('sessions', claimUntil(sampleTime), calm);
      assert.equal((await destination.recover('sessions', calm))?.claim?.until, sampleTime);
    });
    const results = await check(connectServer({ connectionString }));
    assert.deepEqual(
      results.filter(({ ok }) => !ok),
      [],
    );
    assert.deepEqual(
      (await database.readTable('session')).map(({ lsid }) => lsid),
      ['a1'],
    );
  });

  test('a login that may only read is refused, by the check and by a pull', async (t) => {
    const database = await newDatabase(t);
    await use(database.connect(), async () => {});
    const connectionString = await newLogin(t, database, 'SELECT');
    const isRefused = (error: unknown): boolean => error instanceof IcError && error.code === 'refused';
    await assert.rejects(
      use(connectServer({ connectionString }), async (destination) =>
        destination.deliver(await sessions('a1'), calm),
      ),
      isRefused,
    );
    const results = await check(connectServer({ connectionString }));
    assert.ok(results.some(({ ok, error }) => !ok && error?.code === 'refused'));
  });
});

describe('a database that another product has filled', { skip: withoutServer, concurrency: 2 }, () => {
  test('is taken as it stands: what is missing is added, and nothing else changes', async (t) => {
    const database = await newDatabase(t);
    await database.query(originalTables);
    const before = await untouched(database);
    const results = await check(database.connect());
    assert.deepEqual(
      results.filter(({ ok }) => !ok),
      [],
    );
    assert.ok(results.some(({ message }) => /adds what they lack/.test(message)));
    assert.ok(results.some(({ warning, message }) => warning && /session\.lsid \(varchar/.test(message)));
    assert.equal((await database.query(`SELECT OBJECT_ID(N'dbo.ic_schema') AS id`))[0]?.id, null);

    await use(database.connect({ storeSystemInformation: true }), async (destination) => {
      assert.deepEqual(await untouched(database), before);
      const outcomes = await destination.deliver(await sessions('a1', 'a2'), calm);
      assert.deepEqual(statuses(outcomes), ['updated', 'stored']);
      assert.deepEqual(statuses(await destination.deliver(await sessions('a1', 'a2'), calm)), [
        'unchanged',
        'unchanged',
      ]);
    });
    assert.deepEqual(await untouched(database), before);
    const rows = await database.readTable('session');
    assert.deepEqual(
      rows.map(({ id, lsid }) => [Number(id), lsid]),
      [
        [1, 'a1'],
        [2, 'old'],
        [3, 'a1'],
        [4, 'a2'],
      ],
    );
    assert.equal(Number(rows[0]?.lseq), 4711);
    assert.deepEqual(rows[0]?.start_time, new Date('2026-11-22T10:00:00Z'));
    assert.equal(
      (
        await database.query(`SELECT * FROM dbo.session_event_data d JOIN dbo.session_event e
      ON e.id = d.session_event_id WHERE e.session_id = 1`)
      ).length,
      1,
    );
  });

  test('refuses a session whose value is too long for an old column, by name, and takes the others', async (t) => {
    const database = await newDatabase(t);
    await database.query(originalTables);
    await use(database.connect(), async (destination) => {
      const long = await makeSessionDelivery({
        lsid: 'long',
        customer: 'A name of more than twenty letters',
      });
      const outcomes = await destination.deliver(
        [...(await sessions('b1')), long, ...(await sessions('b2'))],
        calm,
      );
      assert.deepEqual(statuses(outcomes), ['stored', 'refused', 'stored']);
      const message = outcomes[1]?.error?.message ?? '';
      for (const part of ['customer.display_name', 'long', '20']) assert.ok(message.includes(part), message);

      await database.query('ALTER TABLE dbo.customer ALTER COLUMN display_name NVARCHAR(255)');
    });
    await use(database.connect(), async (destination) => {
      const long = await makeSessionDelivery({
        lsid: 'long',
        customer: 'A name of more than twenty letters',
      });
      assert.deepEqual(statuses(await destination.deliver([long], calm)), ['stored']);
    });
  });

  test('is refused with the reason when it cannot be taken, and stays as it was', async (t) => {
    const database = await newDatabase(t);
    await database.query(
      'CREATE TABLE dbo.session (id INT PRIMARY KEY, lsid NVARCHAR(64), start_time NVARCHAR(30))',
    );
    const results = await check(database.connect());
    const [bad] = results.filter(({ ok }) => !ok);
    for (const part of ['session.id', 'host_name', 'session.start_time'])
      assert.ok(bad?.message.includes(part), `${part}: ${bad?.message}`);
    await assert.rejects(
      use(database.connect(), async () => {}),
      (error) => error instanceof IcError && error.code === 'configuration',
    );
    assert.equal((await database.query(`SELECT OBJECT_ID(N'dbo.customer') AS id`))[0]?.id, null);
  });

  test('with a session that is there twice goes on with the first', async (t) => {
    const database = await newDatabase(t);
    await database.query(originalTables);
    await database.query(`INSERT INTO dbo.session (lsid, host_name) VALUES ('old', N'support.example.com')`);
    await use(database.connect(), async (destination) => {
      const [outcome] = await destination.deliver(await sessions('old'), calm);
      assert.deepEqual([outcome?.status, outcome?.location], ['updated', 'session 2']);
    });
  });
});

/** Rows of sessions that no pull delivers, in columns that were there. */
function untouched(database: TestDatabase) {
  return database.query(`SELECT s.id, s.lsid, s.type, s.start_time, s.host_name, s.reviewed, e.id AS event, d.value, i.category
    FROM dbo.session s JOIN dbo.session_event e ON e.session_id = s.id JOIN dbo.session_event_data d ON d.session_event_id = e.id
    JOIN dbo.system_information i ON i.session_id = s.id WHERE s.id IN (2, 3) ORDER BY s.id`);
}

/** A login that may do so much with our tables, and nothing else. */
async function newLogin(t: TestContext, database: TestDatabase, rights: string): Promise<string> {
  const user = `ic_${randomBytes(4).toString('hex')}`;
  const password = `Pw-${randomBytes(12).toString('hex')}`;
  await inTurn(() =>
    inDatabase('master', (pool) => pool.query(`CREATE LOGIN ${user} WITH PASSWORD = '${password}'`)),
  );
  t.after(() =>
    inTurn(() => inDatabase('master', (pool) => pool.query(`DROP LOGIN ${user}`)).catch(() => {})),
  );
  await database.query(`CREATE USER ${user} FOR LOGIN ${user}`);
  const tables = await database.query(`SELECT name FROM sys.tables WHERE schema_id = SCHEMA_ID(N'dbo')`);
  for (const { name } of tables) await database.query(`GRANT ${rights} ON dbo.${name} TO ${user}`);
  return forDatabase(database.name, { user, password });
}
