import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Destination } from '../../../src/destinations/destination.ts';
import { createSqlServerDestination } from '../../../src/destinations/sql-server/sql-server-destination.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { IcError } from '../../../src/platform/errors.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { claimUntil, makeSessionDelivery } from '../../support/deliveries.ts';
import type { Step } from '../../tds/memory-database.ts';
import { type Fault, startTdsServer, type TdsServer } from '../../tds/server.ts';

/** Pauses cost nothing; how long they would have been is kept. */
function hastyClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: async (ms) => void pauses.push(ms),
  };
}

function connect(
  server: TdsServer,
  clock: Clock = hastyClock(),
  connectionString = server.connectionString,
): Destination {
  return createSqlServerDestination(
    { type: 'sql-server', name: 'warehouse', connectionString, storeSystemInformation: false },
    { transfer: 'hq-to-warehouse', site: 'hq', clock, logger: silentLogger },
  );
}

const deadlock: Fault = {
  number: 1205,
  message:
    'Transaction (Process ID 52) was deadlocked on lock resources and has been chosen as the deadlock victim.',
  severity: 13,
};

const sessions = (...lsids: string[]) => Promise.all(lsids.map((lsid) => makeSessionDelivery({ lsid })));

async function open(server: TdsServer, clock?: Clock): Promise<Destination & AsyncDisposable> {
  const destination = connect(server, clock);
  await destination.open(calm);
  return Object.assign(destination, { [Symbol.asyncDispose]: () => destination.close() });
}

describe('over the wire', { concurrency: true }, () => {
  test('a batch is loaded in bulk, in one transaction, and found again', async () => {
    await using server = await startTdsServer();
    await using destination = await open(server);
    const batch = await sessions('a1', 'a2', 'a3');

    const before = server.steps.length;
    assert.deepEqual(statuses(await destination.deliver(batch, calm)), ['stored', 'stored', 'stored']);
    const steps = server.steps.slice(before);
    assert.deepEqual([steps[0], steps.at(-1)], ['begin', 'commit']);
    assert.ok(steps.filter((step) => step === 'bulk').length >= 4);
    assert.equal(steps.filter((step) => step === 'apply').length, 1);
    assert.deepEqual(statuses(await destination.deliver(batch, calm)), [
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
    assert.deepEqual(
      server.database.records.map(({ lsid }) => lsid),
      ['a1', 'a2', 'a3'],
    );
  });

  test('texts, numbers and instants arrive as they are', async () => {
    await using server = await startTdsServer();
    await using destination = await open(server);
    const chat = `👩‍💻 Zoë ${'x'.repeat(20_000)} مرحبا`;
    await destination.deliver([await makeSessionDelivery({ lsid: 'a1', chat })], calm);

    const [record] = server.database.records;
    assert.ok(record?.rows.some((row) => row.name === 'body' && row.value === chat));
    assert.equal(record?.rows[0]?.lseq, 4711);
    assert.equal(record?.rows[0]?.start_time, '2026-11-22T10:00:00Z');
    assert.equal(record?.rows[0]?.external_key, null);
  });

  test('LSIDs that differ in case are two sessions, each with a delivery record', async () => {
    await using server = await startTdsServer();
    await using destination = await open(server);
    const both = await sessions('abcdef', 'ABCDEF');
    assert.deepEqual(statuses(await destination.deliver(both, calm)), ['stored', 'stored']);
    assert.deepEqual(statuses(await destination.deliver(both, calm)), ['unchanged', 'unchanged']);
    const records = server.database.query('SELECT lsid, row_id FROM ic_delivery ORDER BY row_id');
    assert.deepEqual(
      records.map(({ lsid, row_id }) => [lsid, row_id]),
      [
        ['abcdef', 1],
        ['ABCDEF', 2],
      ],
    );
  });

  test('an update keeps the id', async () => {
    await using server = await startTdsServer();
    await using destination = await open(server);
    await destination.deliver(await sessions('a1', 'a2'), calm);
    const changed = await makeSessionDelivery({ lsid: 'a1', chat: 'later' });
    const [fresh] = await sessions('a3');
    assert.ok(fresh);

    assert.deepEqual(statuses(await destination.deliver([changed, fresh], calm)), ['updated', 'stored']);
    assert.deepEqual(
      server.database.records.map(({ lsid, id }) => [lsid, id]),
      [
        ['a1', 1],
        ['a2', 2],
        ['a3', 3],
      ],
    );
  });

  const unreadable = [
    ['a token of unknown type', { reply: Buffer.from([0x07, 0, 0]) }],
    ['a challenge that is too short', { reply: Buffer.from([0xed, 4, 0, 1, 2, 3, 4]) }],
    ['a token that ends too early', { reply: Buffer.from([0xaa, 0xff, 0x7f, 0, 0]) }],
  ] as const;
  const nameOf = (fault: Fault): string => {
    if (typeof fault === 'string') return fault;
    if ('number' in fault) return `error ${fault.number}`;
    return unreadable.find(([, known]) => known === fault)?.[0] ?? 'strange bytes';
  };

  const passing: readonly (readonly [Step, Fault])[] = [
    ...(['begin', 'find', 'bulk', 'apply', 'commit'] as const).flatMap((step) =>
      unreadable.map(([, fault]) => [step, fault] as const),
    ),
    ['begin', 'cut-before'],
    ['lock', 'cut-before'],
    ['find', deadlock],
    ['stage', 'cut-after'],
    ['bulk', 'cut-before'],
    ['bulk', 'cut-after'],
    ['bulk', deadlock],
    ['apply', deadlock],
    ['apply', 'cut-before'],
    ['apply', 'cut-after'],
    ['apply', { number: 40501, message: 'The service is currently busy.' }],
    ['commit', 'cut-before'],
    ['commit', 'cut-after'],
  ];
  for (const [step, fault] of passing) {
    const name = nameOf(fault);
    test(`${name} at ${step}: done again on a fresh connection, and stored once`, async () => {
      await using server = await startTdsServer();
      const clock = hastyClock();
      await using destination = await open(server, clock);
      await destination.deliver(await sessions('a1'), calm);
      const time = server.steps.filter((taken) => taken === step).length + 1;
      server.plan({ step, fault, time });
      const logins = server.logins.length;
      const batch = await sessions('a1', 'a2', 'a3');

      assert.deepEqual(statuses(await destination.deliver(batch, calm)), ['unchanged', 'stored', 'stored']);
      assert.equal(server.happened.length, 1);
      assert.ok(server.logins.length > logins, 'it signed in again');
      assert.deepEqual(clock.pauses, [500]);
      assert.deepEqual(
        server.database.records.map(({ lsid }) => lsid),
        ['a1', 'a2', 'a3'],
      );
    });
  }

  test('silence: given up on after Command Timeout, and done again', async () => {
    await using server = await startTdsServer();
    const hasty = `${server.connectionString};Command Timeout=1`;
    const destination = connect(server, hastyClock(), hasty);
    await destination.open(calm);
    server.plan({ step: 'apply', fault: 'silence' });
    assert.deepEqual(statuses(await destination.deliver(await sessions('a1'), calm)), ['stored']);
    assert.equal(server.happened.length, 1);
    await destination.close();
  });

  const unexpectedRow = ['a row that nobody asked for', { reply: Buffer.from([0xd1]) }] as const;
  for (const step of ['login', 'options', 'begin'] as const) {
    for (const [name, fault] of step === 'login' ? [...unreadable, unexpectedRow] : unreadable) {
      test(`${name} in place of every answer at ${step} makes the server unreachable, and nothing else`, async () => {
        await using server = await startTdsServer();
        const destination = connect(server);
        server.plan({ step, fault, time: 'always' });
        await assert.rejects(destination.open(calm), (error) => {
          assert.ok(error instanceof IcError);
          assert.equal(error.code, 'unreachable');
          assert.match(error.message, /what the driver cannot read/);
          return true;
        });
        await destination.close();
      });
    }
  }

  test('pauses grow, and a server that stays lost is told of', async () => {
    await using server = await startTdsServer();
    const clock = hastyClock();
    await using destination = await open(server, clock);
    for (let time = 1; time <= 20; time += 1) server.plan({ step: 'apply', fault: deadlock, time });

    await assert.rejects(destination.deliver(await sessions('a1'), calm), (error) => {
      assert.ok(error instanceof IcError);
      assert.equal(error.code, 'unreachable');
      assert.match(error.message, /deadlock/);
      assert.ok(error.hint);
      return true;
    });
    assert.ok(clock.pauses.length >= 4);
    assert.deepEqual(
      clock.pauses,
      clock.pauses.toSorted((a, b) => a - b),
    );
    assert.ok(new Set(clock.pauses).size === clock.pauses.length);
    assert.deepEqual(server.database.records, []);
  });

  test('a session that the server refuses stands back, and the others go on', async () => {
    await using server = await startTdsServer();
    await using destination = await open(server);
    const tooLong: Fault = {
      number: 8152,
      message: 'String or binary data would be truncated.',
      severity: 16,
    };
    // All three, then the first two, then the first alone.
    for (const time of [1, 2, 3]) server.plan({ step: 'apply', fault: tooLong, time });
    const outcomes = await destination.deliver(await sessions('a1', 'a2', 'a3'), calm);

    assert.deepEqual(statuses(outcomes), ['refused', 'stored', 'stored']);
    assert.match(outcomes[0]?.error?.message ?? '', /a1/);
    assert.match(outcomes[0]?.error?.message ?? '', /truncated/);
    assert.deepEqual(server.database.records.map(({ lsid }) => lsid).sort(), ['a2', 'a3']);
  });

  test('a failed login is refused at once, and no password is told', async () => {
    await using server = await startTdsServer();
    const wrong = server.connectionString.replace('c0rrect', 'wr0ng');
    const destination = connect(server, hastyClock(), wrong);
    await assert.rejects(destination.open(calm), (error) => {
      assert.ok(error instanceof IcError);
      assert.equal(error.code, 'refused');
      assert.match(error.message, /Login failed/);
      assert.ok(!JSON.stringify(error).includes('wr0ng') && !error.message.includes('wr0ng'));
      return true;
    });
    await destination.close();
  });

  test('a server that is not there is unreachable', async () => {
    const server = await startTdsServer();
    await server[Symbol.asyncDispose]();
    const destination = connect(server);
    await assert.rejects(
      destination.open(calm),
      (error) => error instanceof IcError && error.code === 'unreachable',
    );
    const results = await Array.fromAsync(destination.check(calm));
    assert.deepEqual(
      results.map(({ ok, error }) => [ok, error?.code]),
      [[false, 'unreachable']],
    );
    await destination.close();
  });

  test('an abort ends the batch, and nothing of it stays', async () => {
    await using server = await startTdsServer();
    await using destination = await open(server);
    const controller = new AbortController();
    const reason = new Error('stopped');
    const [session] = await sessions('a1');
    const trap = new Proxy(session as object, {
      get: (target, property) => {
        if (property === 'record') controller.abort(reason);
        return Reflect.get(target, property);
      },
    }) as NonNullable<typeof session>;

    await assert.rejects(destination.deliver([trap], controller.signal), reason);
    assert.deepEqual(server.database.records, []);
  });

  test('a watermark is written when it has moved', async () => {
    await using server = await startTdsServer();
    await using destination = await open(server);
    await destination.advance('sessions', claimUntil(1_795_341_600), calm);
    const written = server.steps.length;
    await destination.advance('sessions', claimUntil(1_795_341_600), calm);

    assert.deepEqual(server.steps.slice(written), ['begin', 'watermark', 'commit']);
    assert.equal((await destination.recover('sessions', calm))?.claim?.until, 1_795_341_600);
  });
});
