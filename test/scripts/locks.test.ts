import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { wasKilled } from '../support/child.ts';
import { hour, type Installation, install } from '../support/installation.ts';
import { assertArchived, assertFlows, assertRepaired } from '../support/oracle.ts';
import { startIc } from '../support/program.ts';

/** A run that the appliance keeps waiting in its first report. */
interface HeldRun {
  /** Resolves when the run holds its lock. */
  readonly holds: Promise<unknown>;
  letGo(): void;
}

describe('one transfer runs once at a time', { concurrency: 2 }, () => {
  test('of twenty starts at once one works, and the others leave with 75 at once', async (t) => {
    const installation = await installWithSession(t);
    const { appliance, archive, pull } = installation;
    const left = { count: 0 };
    const allLeft = Promise.withResolvers<void>();
    // The one that works goes on when the others are gone.
    appliance.before(() => allLeft.promise, { api: 'reporting' });
    const runs = Array.from({ length: 20 }, async () => {
      const pulled = await pull();
      if (pulled.code === 75) left.count += 1;
      if (left.count === 19) allLeft.resolve();
      return pulled;
    });
    const results = await Promise.all(runs);
    const codes = results.map(({ code }) => code).toSorted();
    assert.deepEqual(codes, [0, ...Array.from({ length: 19 }, () => 75)]);
    for (const { transfer } of results.filter(({ code }) => code === 75)) {
      assert.deepEqual([transfer.status, transfer.error.code], ['locked', 'locked']);
    }
    await assertArchived(appliance, archive);
    assert.equal(appliance.tokens.issued, 1, 'only one has asked the appliance for anything');
    await assertFlows(installation);
  });

  test('with --due, a transfer that another run holds is left out quietly', async (t) => {
    const installation = await installWithSession(t);
    const held = holdFirst(installation);
    const first = installation.pull();
    await held.holds;
    const quiet = await installation.ic(['pull', '--due']);
    assert.deepEqual([quiet.code, quiet.stderr], [0, '']);
    const { transfer } = await installation.pull(['--due']);
    assert.deepEqual([transfer.status, transfer.error], ['locked', null]);
    held.letGo();
    assert.equal((await first).code, 0);
  });

  test('--wait-lock waits for it, and gives up when told to', async (t) => {
    const installation = await installWithSession(t);
    const held = holdFirst(installation);
    const first = installation.pull();
    await held.holds;
    assert.equal((await installation.pull(['--wait-lock', '0.3s'])).code, 75);
    const patient = installation.pull(['--wait-lock', '5m']);
    held.letGo();
    assert.deepEqual([(await first).code, (await patient).code], [0, 0]);
    assert.equal((await patient).sessions.delivered, 0, 'the first has done it all');
  });

  test('a run that was killed holds nobody up', async (t) => {
    const installation = await installWithSession(t);
    const killed = await installation.ic(['pull'], { env: { IC_KILL_POINT: 'file:renamed' } });
    assert.ok(wasKilled(killed));
    await assertRepaired(installation);
  });

  test('state rewind and forget wait for nobody either', async (t) => {
    const installation = await installWithSession(t);
    const held = holdFirst(installation);
    const first = installation.pull();
    await held.holds;
    assert.equal((await installation.json(['state', 'rewind', 't', '--to', '1d'])).code, 75);
    assert.equal((await installation.json(['state', 'forget', 't'])).code, 75);
    held.letGo();
    assert.equal((await first).code, 0);
  });
});

describe('an appliance makes one backup at a time', { concurrency: 2 }, () => {
  const backups = { api: 'backup' } as const;

  test('for processes side by side: the second begins when the first has ended', async (t) => {
    const { appliance, directory, ic } = await install(t, { more: backupsInto('a', 'b') });
    const gate = Promise.withResolvers<void>();
    appliance.faults.add({ type: 'hold', after: 50_000, until: () => gate.promise }, backups);
    const first = ic(['pull', 'to-a']);
    await appliance.requests.nth(1, backups);
    const second = startIc(['pull', 'to-b', '-v'], { cwd: directory });
    const both = appliance.requests.nth(2, backups).then(() => assert.fail('two backups at once'));
    await Promise.race([second.said('Waits for another backup of site hq to end'), both]);
    gate.resolve();
    assert.deepEqual([(await first).code, (await second.ended).code], [0, 0]);
    assert.equal(appliance.requests.count(backups), 2);
    await both.catch(() => {});
  });

  test('for transfers of one run, whether or not the one before succeeds', async (t) => {
    const { appliance, json } = await install(t, { more: backupsInto('a', 'b', 'c') });
    appliance.faults.add({ type: 'empty' }, backups);
    const { code, document } = await json(['pull', 'to-a', 'to-b', 'to-c']);
    assert.equal(code, 3);
    const statuses = document.transfers.map(({ status }: { status: string }) => status);
    assert.deepEqual(statuses.toSorted(), ['failed', 'ok', 'ok']);
  });
});

function backupsInto(...names: readonly string[]): string {
  return names
    .map(
      (name) => `[destination.${name}]\ntype = file-system\ndirectory = ${name}
[transfer.to-${name}]\nsite = hq\ndestination = ${name}\ndata = backups\n`,
    )
    .join('');
}

test('different transfers in different processes on one state file lose nothing', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const sections = names.map(
    (name) => `[destination.${name}]\ntype = file-system\ndirectory = ${name}
[transfer.to-${name}]\nsite = hq\ndestination = ${name}\ndata = sessions\nstart = 5d\n`,
  );
  const installation = await install(t, { more: sections.join('') });
  const { appliance, directory, pull, json } = installation;
  for (let round = 1; round <= 3; round += 1) {
    const now = appliance.clock.seconds();
    for (let ago = 1; ago <= 3; ago += 1) {
      appliance.sessions.add({ startTime: now - hour, endTime: now - ago * 600 - round });
    }
    const results = await Promise.all(names.map((name) => pull([`to-${name}`])));
    for (const { code, stderr } of results) assert.equal(code, 0, stderr);
    for (const name of names) await assertArchived(appliance, `${directory}/${name}`);
    const { document } = await json(['state', 'show']);
    const known = document.transfers.map((transfer: { name: string; kinds: Counts }) => [
      transfer.name,
      transfer.kinds.sessions.delivered,
    ]);
    assert.deepEqual(
      known,
      names.map((name) => [`to-${name}`, 3 * round]),
    );
  }
  const idle = await pull();
  assert.equal(idle.code, 0);
});

interface Counts {
  readonly sessions: { readonly delivered: number };
}

async function installWithSession(t: TestContext): Promise<Installation> {
  const installation = await install(t);
  const now = installation.appliance.clock.seconds();
  installation.appliance.sessions.add({ startTime: now - hour, endTime: now - 600 });
  return installation;
}

function holdFirst({ appliance }: Installation): HeldRun {
  const go = Promise.withResolvers<void>();
  appliance.before(() => go.promise, { api: 'reporting' });
  return { holds: appliance.requests.nth(1, { api: 'reporting' }), letGo: () => go.resolve() };
}
