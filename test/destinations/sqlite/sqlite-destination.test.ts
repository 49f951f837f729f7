import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Destination } from '../../../src/destinations/destination.ts';
import { createSqliteDestination } from '../../../src/destinations/sqlite/sqlite-destination.ts';
import { type Clock, systemClock } from '../../../src/platform/clock.ts';
import { IcError } from '../../../src/platform/errors.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { anEvent, aSession } from '../../appliance/specimens.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { startChild, wasKilled } from '../../support/child.ts';
import { claimUntil, makeSessionDelivery, sampleTime } from '../../support/deliveries.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { sessionDeliveries } from '../sql/records.ts';
import { connectSqlite, execute, newDatabasePath, query, type SqliteOptions } from './support.ts';

const deliverScript = new URL('./processes/deliver.ts', import.meta.url);

async function use<T>(
  path: string,
  work: (destination: Destination) => Promise<T>,
  options: SqliteOptions = {},
): Promise<T> {
  const destination = connectSqlite(path, options);
  try {
    await destination.open(calm);
    return await work(destination);
  } finally {
    await destination.close();
  }
}

const sessions = (...lsids: string[]) => Promise.all(lsids.map((lsid) => makeSessionDelivery({ lsid })));

function isIcError(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof IcError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(error.hint);
    return true;
  };
}

describe('the SQLite destination', { concurrency: true }, () => {
  test('replaces the rows of a session that changed, keeps its id, and leaves the others alone', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async (destination) => {
      await destination.deliver(await sessions('a1', 'a2'), calm);
      const before = query(path, 'SELECT * FROM session_event WHERE session_id = 2');
      const changed = await makeSessionDelivery({ lsid: 'a1', chat: 'later' });
      await destination.deliver([changed, ...(await sessions('a2'))], calm);

      assert.deepEqual(
        query(path, 'SELECT id, lsid FROM session ORDER BY id').map(({ id, lsid }) => [id, lsid]),
        [
          [1, 'a1'],
          [2, 'a2'],
        ],
      );
      assert.deepEqual(query(path, 'SELECT * FROM session_event WHERE session_id = 2'), before);
      assert.deepEqual(
        query(path, `SELECT count(*) AS n FROM session_event_data WHERE value = 'later'`)[0]?.n,
        1,
      );
      assert.deepEqual(query(path, 'SELECT count(*) AS n FROM session_event_data')[0]?.n, 2);
    });
  });

  test('writes nothing for what is there already', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async (destination) => {
      await destination.deliver(await sessions('a1', 'a2'), calm);
      await destination.advance('sessions', claimUntil(sampleTime), calm);
      using watch = watchChanges(path);
      await destination.deliver(await sessions('a1', 'a2'), calm);
      await destination.advance('sessions', claimUntil(sampleTime), calm);
      assert.equal(watch.sawChange(), false);
      await destination.advance('sessions', claimUntil(sampleTime + 1), calm);
      assert.equal(watch.sawChange(), true);
    });
  });

  test('a reader neither waits nor keeps a writer waiting, and sees whole batches', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async (destination) => {
      await destination.deliver(await sessions('a1'), calm);
      const reader = new DatabaseSync(path, { readOnly: true });
      reader.exec('BEGIN');
      const count = reader.prepare('SELECT count(*) AS n FROM session');
      assert.equal(count.get()?.n, 1);
      await destination.deliver(await sessions('a2', 'a3'), calm);
      assert.equal(count.get()?.n, 1);
      reader.exec('COMMIT');
      assert.equal(count.get()?.n, 3);
      reader.close();
    });
  });

  test('waits for another writer', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async () => {});
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    let pauses = 0;
    const sleep = async (): Promise<void> => {
      pauses += 1;
      if (pauses === 3) other.exec('COMMIT');
    };
    const destination = connectWith(path, { ...systemClock, sleep });
    await destination.open(calm);
    assert.deepEqual(statuses(await destination.deliver(await sessions('a1'), calm)), ['stored']);
    assert.equal(pauses, 3);
    await destination.close();
    other.close();
  });

  test('gives up on a writer that stays, and says so', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async () => {});
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const destination = connectWith(path, fastClock());
    await destination.open(calm);
    await assert.rejects(destination.deliver(await sessions('a1'), calm), isIcError('io', /locked/));
    await destination.close();
    other.close();
  });

  test('takes no file for its own that is none', async (t) => {
    const path = await newDatabasePath(t);
    await writeFile(
      path,
      'Dear diary, today nothing happened that anybody would want to keep in a table.'.repeat(99),
    );
    await assert.rejects(
      use(path, async () => {}),
      isIcError('io', /no SQLite database/),
    );
  });

  test('takes no database for its own that has such a table already', async (t) => {
    const path = await newDatabasePath(t);
    execute(path, 'CREATE TABLE session (cookie TEXT)');
    await assert.rejects(
      use(path, async () => {}),
      isIcError('configuration', /table session/),
    );
    assert.deepEqual(
      query(path, 'SELECT name FROM sqlite_schema').map(({ name }) => name),
      ['session'],
    );
  });

  test('leaves a database alone that a later version has changed', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async () => {});
    execute(path, `INSERT INTO ic_schema (version, name, applied_at) VALUES (99, 'later', 'later')`);
    await assert.rejects(
      use(path, async () => {}),
      isIcError('configuration', /version 99/),
    );
    const results = await Array.fromAsync(connectSqlite(path).check(calm));
    assert.ok(results.some(({ ok, error }) => !ok && error?.code === 'configuration'));
  });

  for (const [point, survivors] of [
    ['sqlite:written', 0],
    ['sqlite:committed', 5],
  ] as const) {
    test(`killed at ${point}, it holds a whole batch or nothing, and the next run mends it`, async (t) => {
      const path = await newDatabasePath(t);
      await use(path, async () => {});
      const child = startChild(t, deliverScript, [path, '5', '50000'], { IC_KILL_POINT: point });
      assert.ok(wasKilled(await child.ended));

      assert.equal(query(path, 'SELECT count(*) AS n FROM session')[0]?.n, survivors);
      const again = startChild(t, deliverScript, [path, '5', '50000']);
      const status = survivors === 0 ? 'stored' : 'unchanged';
      assert.equal(await again.nextLine(), Array.from({ length: 5 }, () => status).join(' '));
      await again.ended;
      assert.equal(query(path, 'SELECT count(*) AS n FROM session')[0]?.n, 5);
      assert.equal(query(path, 'PRAGMA integrity_check')[0]?.integrity_check, 'ok');
    });
  }

  const cannotLimit = process.platform === 'win32' ? 'needs ulimit' : false;
  test('a disk that is full is told of, and nothing half stays', { skip: cannotLimit }, async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async (destination) => destination.deliver(await sessions('before'), calm));
    // The system lets no file grow beyond 1 MB.
    const script = `ulimit -f 1024; exec "$0" "$1" "$2" 5 900000`;
    const run = spawnSync('bash', ['-c', script, process.execPath, fileURLToPath(deliverScript), path], {
      encoding: 'utf8',
    });

    assert.match(run.stdout, /^failed: io: Cannot use the database/);
    assert.deepEqual(
      query(path, 'SELECT lsid FROM session').map(({ lsid }) => lsid),
      ['before'],
    );
    assert.deepEqual(
      await use(path, async (destination) => statuses(await destination.deliver(await sessions('s0'), calm))),
      ['stored'],
    );
  });

  test('system information that is wanted later is added when the session is offered again', async (t) => {
    const path = await newDatabasePath(t);
    const collected = anEvent({
      time: sampleTime,
      type: 'System Information Retrieved',
      systemInformation: [
        { name: 'Drives', fields: [{ id: 'drive', name: 'Drive' }], rows: [['C:\\'], ['D & E']] },
      ],
    });
    const [item] = await sessionDeliveries([aSession({ startTime: sampleTime, events: [collected] })]);
    assert.ok(item);
    const deliver = (storeSystemInformation: boolean) =>
      use(path, async (destination) => statuses(await destination.deliver([item], calm)), {
        storeSystemInformation,
      });

    assert.deepEqual(await deliver(false), ['stored']);
    assert.deepEqual(await deliver(true), ['updated']);
    assert.deepEqual(await deliver(false), ['unchanged']);
    const [row] = query(path, 'SELECT category, information FROM system_information');
    assert.deepEqual(row, {
      category: 'Drives',
      information:
        '<field id="drive" name="Drive">C:\\</field>\n<field id="drive" name="Drive">D &amp; E</field>',
    });
  });

  test('what a site or transfer has delivered says nothing of another', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async (destination) => {
      await destination.deliver(await sessions('a1'), calm);
      await destination.advance('sessions', claimUntil(sampleTime), calm);
    });
    const recovered = (options: SqliteOptions) =>
      use(
        path,
        async (destination) => {
          const recovery = await destination.recover('sessions', calm);
          const entries = recovery === null ? [] : await Array.fromAsync(recovery.entries);
          return [recovery?.claim?.until ?? null, entries.length];
        },
        options,
      );

    assert.deepEqual(await recovered({}), [sampleTime, 1]);
    assert.deepEqual(await recovered({ transfer: 'another' }), [null, 1]);
    assert.deepEqual(await recovered({ site: 'another' }), [null, 0]);
  });

  test('files are for other destinations', async (t) => {
    const path = await newDatabasePath(t);
    await use(path, async (destination) => {
      await assert.rejects(
        destination.stagingDirectory('backups', calm),
        isIcError('configuration', /no files/),
      );
      assert.equal(await destination.recover('backups', calm), null);
    });
  });
});

function connectWith(path: string, clock: Clock): Destination {
  return createSqliteDestination(
    { type: 'sqlite', name: 'local', path, storeSystemInformation: false },
    { transfer: 'hq-to-warehouse', site: 'hq', clock, logger: silentLogger },
  );
}

/** Tells whether another connection has written since it was last asked. */
function watchChanges(path: string): Disposable & { sawChange(): boolean } {
  const database = new DatabaseSync(path, { readOnly: true });
  const version = (): unknown => database.prepare('PRAGMA data_version').get()?.data_version;
  let last = version();
  return {
    sawChange: () => {
      const before = last;
      last = version();
      return last !== before;
    },
    [Symbol.dispose]: () => database.close(),
  };
}
