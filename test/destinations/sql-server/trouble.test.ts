import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Destination } from '../../../src/destinations/destination.ts';
import { createSqlServerDestination } from '../../../src/destinations/sql-server/sql-server-destination.ts';
import { verifySqlServer } from '../../../src/destinations/sql-server/verify.ts';
import { IcError } from '../../../src/platform/errors.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { calm, statuses } from '../../conformance/support.ts';
import { makeSessionDelivery } from '../../support/deliveries.ts';
import { startTdsServer, type TdsServer } from '../../tds/server.ts';

/** Pauses cost nothing. */
const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: async () => {} };

function connect({ connectionString }: { readonly connectionString: string }): Destination {
  return createSqlServerDestination(
    { type: 'sql-server', name: 'warehouse', connectionString, storeSystemInformation: false },
    { transfer: 'hq-to-warehouse', site: 'hq', clock, logger: silentLogger },
  );
}

const sessions = (...lsids: string[]) => Promise.all(lsids.map((lsid) => makeSessionDelivery({ lsid })));

async function failureOf(work: Promise<unknown>): Promise<IcError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof IcError, String(error));
  assert.ok(error.hint);
  return error;
}

async function openingFailure(server: { readonly connectionString: string }): Promise<IcError> {
  const destination = connect(server);
  try {
    return await failureOf(destination.open(calm));
  } finally {
    await destination.close();
  }
}

/** What check says, and whether a pull that says the same has written anything. */
async function refusals(server: TdsServer) {
  const checked = (await Array.fromAsync(connect(server).check(calm))).filter(({ ok }) => !ok);
  const steps = server.steps.length;
  const { code, message } = await openingFailure(server);
  const writing = ['lock', 'stage', 'bulk', 'apply', 'note', 'identity', 'commit'];
  const written = server.steps.slice(steps).filter((step) => writing.includes(step));
  return { checked: checked.map(({ message: said }) => said), code, message, written };
}

describe('a server in trouble', { concurrency: true }, () => {
  const later = [
    [40_613, "Database 'x' on server 'y' is not currently available."],
    [40_197, 'The service has encountered an error processing your request.'],
    [40_501, 'The service is currently busy.'],
    [18_401, "Login failed for user 'ic'. Reason: Server is in script upgrade mode."],
    [6005, 'SHUTDOWN is in progress.'],
    [17_142, 'SQL Server service has been paused. No new connections will be allowed.'],
    [922, "Database 'BGInfo' is being recovered. Waiting until recovery is finished."],
  ] as const;
  for (const [number, message] of later) {
    test(`that answers a login with ${number} is asked again, and then unreachable`, async () => {
      await using server = await startTdsServer();
      const before = { number, message };
      server.plan({
        step: 'login',
        fault: { number: 18_456, message: "Login failed for user 'ic'.", before },
        time: 1,
      });
      const destination = connect(server);
      await destination.open(calm);
      assert.equal(server.happened.length, 1);
      await destination.close();

      server.plan({ step: 'login', fault: { number, message }, time: 'always' });
      const error = await openingFailure(server);
      assert.equal(error.code, 'unreachable');
      assert.match(error.message, new RegExp(String(number)));
    });
  }

  test('gets a wrong password once in a run, however many transfers and checks there are', async () => {
    await using server = await startTdsServer();
    const wrong = { connectionString: server.connectionString.replace('c0rrect', 'wr0ng') };
    const failures = await Promise.all([1, 2, 3].map(() => openingFailure(wrong)));
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['refused', 'refused', 'refused'],
    );
    assert.equal(
      failures.some(({ message }) => message.includes('wr0ng')),
      false,
    );
    const [checked] = await Array.fromAsync(connect(wrong).check(calm));
    assert.equal(checked?.ok, false);
    assert.equal(server.logins.length, 1);
  });

  test('whose ids count down is refused before anything is written', async () => {
    await using server = await startTdsServer();
    server.database.catalogue.identities = { session_event: { increment: -1, last: -40 } };
    const { checked, code, message, written } = await refusals(server);
    assert.match(checked.join(), /session_event\.id counts down/);
    assert.equal(code, 'configuration');
    assert.match(message, /session_event\.id counts down/);
    assert.deepEqual(written, []);
  });

  test('whose ids are at their end names the table', async () => {
    await using server = await startTdsServer();
    server.database.catalogue.identities = { session: { last: 2_147_483_647 } };
    const { checked, message } = await refusals(server);
    assert.match(checked.join(), /session\.id has given out its last int/);
    assert.match(message, /session\.id has given out its last int/);
  });

  test('whose ids end in mid-run fails once, and names the table', async () => {
    await using server = await startTdsServer();
    const destination = connect(server);
    await destination.open(calm);
    const overflow = {
      number: 8115,
      message: 'Arithmetic overflow error converting IDENTITY to data type int.',
    };
    server.plan({ step: 'apply', fault: overflow, time: 'always' });
    server.database.catalogue.identities = { session_event_data: { last: 2_147_483_647 } };
    const error = await failureOf(destination.deliver(await sessions('a1', 'a2', 'a3'), calm));
    assert.equal(error.code, 'io');
    assert.match(error.message, /session_event_data\.id has given out its last int/);
    assert.equal(server.steps.filter((step) => step === 'apply').length, 1);
    await destination.close();
  });

  test('with an INSTEAD OF trigger on a table of ours names it', async () => {
    await using server = await startTdsServer();
    server.database.catalogue.triggers = [{ table: 'session', name: 'keep_out' }];
    const { checked, code, message, written } = await refusals(server);
    assert.match(checked.join(), /INSTEAD OF trigger keep_out/);
    assert.equal(code, 'configuration');
    assert.match(message, /INSTEAD OF trigger keep_out .*session/);
    assert.deepEqual(written, []);
  });

  test('that holds LSIDs in an older type is asked by that type', async () => {
    await using server = await startTdsServer();
    server.database.catalogue.types = { 'session.lsid': 'varchar' };
    const destination = connect(server);
    await destination.open(calm);
    await destination.deliver(await sessions('a1'), calm);
    const [found] = server.database.statements.filter(({ sql }) => /UPDLOCK/.test(sql) && /@l0/.test(sql));
    assert.match(found?.sql ?? '', /r\.lsid IN \(CONVERT\(VARCHAR\(255\), @l0\)\)/);
    assert.match(found?.sql ?? '', /r\.host_name = @host/);
    assert.deepEqual(statuses(await destination.deliver(await sessions('a1'), calm)), ['unchanged']);
    await destination.close();
  });

  test('a session whose text is cut within a character is refused alone', async () => {
    await using server = await startTdsServer();
    const destination = connect(server);
    await destination.open(calm);
    const [good, bad, other] = await sessions('a1', 'a2', 'a3');
    assert.ok(good && bad && other);
    const cut = { ...bad, record: { ...bad.record, externalKey: 'half \ud83d' } };
    const outcomes = await destination.deliver([good, cut, other], calm);
    assert.deepEqual(statuses(outcomes), ['stored', 'refused', 'stored']);
    assert.match(outcomes[1]?.error?.message ?? '', /a2 .*external_key/);
    await destination.close();
  });

  test('that knows of no delivery, or has no such database, is told of in plain words', async () => {
    await using server = await startTdsServer();
    const config = { type: 'sql-server', name: 'warehouse', storeSystemInformation: false } as const;
    const { connectionString } = server;
    const verify = () =>
      Array.fromAsync(
        verifySqlServer({ ...config, connectionString }, { clock, logger: silentLogger, signal: calm })
          .problems,
      );
    server.database.catalogue.version = 0;
    assert.match((await failureOf(verify())).message, /BGInfo .* nothing was delivered into it/);
    server.database.catalogue.isMissing = true;
    assert.match((await failureOf(verify())).message, /no database BGInfo: nothing was delivered into it/);
  });
});
