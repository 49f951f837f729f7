import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { storedSessions } from '../support/archive-contents.ts';
import { day, hour, type Installation, install, minute } from '../support/installation.ts';
import { assertArchived, assertFlows } from '../support/oracle.ts';

describe('a session', { concurrency: 3 }, () => {
  test('that is open is remembered, and delivered when it has closed', async (t) => {
    const installation = await install(t);
    const { appliance, archive, pull } = installation;
    const { lsid } = appliance.sessions.add({ startTime: seconds(installation) - 2 * hour, endTime: null });
    const first = await pull();
    assert.deepEqual([first.code, first.sessions.delivered, first.transfer.open], [0, 0, 1]);
    assert.deepEqual(await names(archive), []);

    appliance.requests.clear();
    assert.equal((await pull()).transfer.open, 1);
    assert.equal(appliance.requests.count({ lsid }), 1, 'every pull asks for it by its LSID');

    appliance.sessions.close(lsid);
    appliance.clock.advance(5 * minute * 1000);
    const closed = await pull();
    assert.deepEqual([closed.code, closed.sessions.delivered, closed.transfer.open], [0, 1, 0]);
    await assertArchived(appliance, archive);
    appliance.requests.clear();
    await assertFlows(installation);
    assert.equal(appliance.requests.count({ lsid }), 0, 'it is asked for no more');
  });

  test('that never closes is delivered as it is, once', async (t) => {
    const installation = await install(t, { transfer: 'abandon_open_after = 48h' });
    const { appliance, archive, pull } = installation;
    const { lsid } = appliance.sessions.add({ startTime: seconds(installation) - 47 * hour, endTime: null });
    assert.deepEqual(delivered(await pull()), [0, 0, 1], 'it is an hour too young');
    appliance.clock.advance(2 * hour * 1000);
    assert.deepEqual(delivered(await pull()), [0, 0, 1], 'the time that passed here does not explain that');
    assert.deepEqual(delivered(await pull()), [0, 1, 0], 'a second pull confirms it');
    const [abandoned] = await storedSessions(archive);
    assert.deepEqual([abandoned?.session.lsid, abandoned?.session.endTime], [lsid, null]);
    for (let days = 0; days < 2; days += 1) {
      appliance.clock.advance(day * 1000);
      assert.deepEqual(delivered(await pull()), [0, 0, 0], 'a sweep sees it again, and leaves it');
    }
    appliance.sessions.close(lsid);
    appliance.clock.advance(5 * minute * 1000);
    assert.deepEqual(delivered(await pull()), [0, 1, 0], 'it closed after all');
    await assertArchived(appliance, archive, { earlierContents: 1 });
  });

  test('that vanishes while it is open is said to be lost, once', async (t) => {
    const installation = await install(t, { transfer: 'abandon_open_after = 3h' });
    const { appliance, pull } = installation;
    const { lsid } = appliance.sessions.add({ startTime: seconds(installation) - hour, endTime: null });
    assert.deepEqual(delivered(await pull()), [0, 0, 1]);
    appliance.sessions.remove(lsid);
    assert.deepEqual(delivered(await pull()), [0, 0, 1], 'it may come back');
    appliance.clock.advance(3 * hour * 1000);
    assert.deepEqual(delivered(await pull()), [0, 0, 1], 'the time that passed here does not explain that');
    const lost = await pull();
    assert.equal(lost.code, 3);
    assert.match(lost.stderr, new RegExp(`${lsid}.*lost`));
    assert.equal((await pull()).code, 0);
  });

  for (const [when, wait] of [
    ['within the overlap', 10 * minute],
    ['within the sweep', 30 * hour],
  ] as const) {
    test(`that is edited after delivery, ${when}, is delivered anew, once`, async (t) => {
      const installation = await install(t);
      const { appliance, archive, pull } = installation;
      const now = seconds(installation);
      const { lsid } = appliance.sessions.add({ startTime: now - 20 * minute, endTime: now - 5 * minute });
      assert.deepEqual(delivered(await pull()), [0, 1, 0]);
      const [original] = await names(archive);
      appliance.sessions.edit(lsid, { externalKey: 'CASE-0042' });
      appliance.clock.advance(wait * 1000);
      assert.deepEqual(delivered(await pull()), [0, 1, 0]);
      assert.deepEqual(await names(archive), [original, original?.replace('.xml', '.1.xml')].toSorted());
      await assertArchived(appliance, archive, { earlierContents: 1 });
      assert.deepEqual(delivered(await pull()), [0, 0, 0]);
      appliance.sessions.edit(lsid, { externalKey: '' });
      assert.equal((await pull()).code, 0);
      assert.equal((await names(archive)).length, 2, 'what it was before stands there already');
    });
  }

  for (const [onConflict, contents, counted] of [
    ['overwrite', 'new', { delivered: 1, skipped: 0 }],
    ['skip', 'old', { delivered: 0, skipped: 1 }],
  ] as const) {
    test(`that is edited is kept in its ${contents} content with on_conflict = ${onConflict}`, async (t) => {
      const installation = await install(t, { destination: `on_conflict = ${onConflict}` });
      const { appliance, archive, pull } = installation;
      const now = seconds(installation);
      const { lsid } = appliance.sessions.add({ startTime: now - hour, endTime: now - 5 * minute });
      assert.equal((await pull()).code, 0);
      appliance.sessions.edit(lsid, { externalKey: 'new' });
      const second = await pull();
      const { delivered: count, skipped } = second.sessions;
      assert.deepEqual([second.code, { delivered: count, skipped }], [0, counted]);
      const stored = await storedSessions(archive);
      assert.deepEqual(
        stored.map(({ session }) => session.externalKey ?? 'old'),
        [contents],
      );
      assert.deepEqual(delivered(await pull()), [0, 0, 0]);
    });
  }
});

function seconds({ appliance }: Installation): number {
  return appliance.clock.seconds();
}

function delivered({ code, sessions, transfer }: Awaited<ReturnType<Installation['pull']>>) {
  return [code, sessions.delivered, transfer.open];
}

async function names(archive: string): Promise<readonly string[]> {
  return (await readdir(archive)).filter((name) => name.endsWith('.xml')).sort();
}
