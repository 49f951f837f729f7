import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Rule } from '../appliance/rules.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { day, hour, type Installation, install, minute } from '../support/installation.ts';
import { assertArchived } from '../support/oracle.ts';

const kind = 'session-recordings';

/** A session with a recording, that ended so many seconds ago. */
function addRecorded({ appliance }: Installation, ago: number): string {
  const endTime = appliance.clock.seconds() - ago;
  const recording = { format: 'mp4', size: 2000, seed: ago, moov: 'last' } as const;
  return appliance.sessions.add({ startTime: endTime - 600, endTime, recording }).lsid;
}

function leap({ appliance }: Installation, seconds: number): void {
  appliance.clock.advance(seconds * 1000);
}

const withRecordings = `data = sessions, ${kind}\nsweep = 0`;

describe('a clock that is a month ahead', { concurrency: 2 }, () => {
  test('at one pull does not keep what was owed then from being fetched', async (t) => {
    const installation = await install(t, { transfer: withRecordings });
    const { appliance, pull } = installation;
    addRecorded(installation, 10 * minute);
    appliance.recordings.configure({ state: 'never' });
    leap(installation, 30 * day);
    await pull(['--since', '40d']);
    appliance.recordings.configure({ state: 'ready' });
    leap(installation, -30 * day);
    const fetched = await pull();
    assert.deepEqual([fetched.code, fetched.transfer.kinds[kind].delivered], [0, 1], fetched.stderr);
    assert.equal(fetched.transfer.kinds[kind].owed, 0);
  });

  test('at one pull gives nothing up, forgets nothing and abandons nothing', async (t) => {
    const installation = await install(t, { transfer: `data = sessions, ${kind}` });
    const { appliance, archive, pull } = installation;
    addRecorded(installation, 2 * day);
    assert.equal((await pull()).transfer.kinds[kind].delivered, 1);
    const late = addRecorded(installation, 10 * minute);
    appliance.recordings.configure({ state: 'never' }, { lsid: late });
    const open = appliance.sessions.add({ startTime: appliance.clock.seconds() - hour, endTime: null });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      assert.equal((await pull()).transfer.kinds[kind].owed, 1);
      leap(installation, 25 * minute);
    }
    leap(installation, 30 * day);
    const wrong = await pull();
    assert.deepEqual([wrong.transfer.kinds[kind].owed, wrong.transfer.open], [1, 1], wrong.stderr);
    assert.match(wrong.stderr, /has leapt ahead/);
    leap(installation, -30 * day);
    appliance.recordings.configure({ state: 'ready' }, { lsid: late });
    appliance.sessions.close(open.lsid);
    leap(installation, 5 * minute);
    appliance.requests.clear();
    const right = await pull();
    assert.deepEqual([right.code, right.transfer.kinds[kind].delivered], [0, 1], right.stderr);
    assert.equal(
      appliance.requests.count({ report: 'SupportSessionRecording' }),
      1,
      'nothing is fetched twice',
    );
    assert.deepEqual([right.sessions.delivered, right.transfer.open], [1, 0]);
    await assertAllStored(appliance, archive);
  });

  test('at several pulls gives up what is owed again once it is right', async (t) => {
    const installation = await install(t, { transfer: withRecordings });
    const { appliance, pull } = installation;
    const lsid = addRecorded(installation, 10 * minute);
    appliance.recordings.configure({ state: 'never' });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      assert.equal((await pull()).transfer.kinds[kind].owed, 1);
      leap(installation, 25 * minute);
    }
    leap(installation, 30 * day);
    await pull();
    const wrong = await pull();
    assert.deepEqual([wrong.code, wrong.transfer.kinds[kind].owed], [3, 0], wrong.stderr);
    leap(installation, -30 * day);
    appliance.recordings.configure({ state: 'ready' });
    await pull();
    const right = await pull();
    assert.deepEqual([right.code, right.transfer.kinds[kind].delivered], [0, 1], right.stderr);
    assert.match(right.stderr, new RegExp(`${lsid} was given up at .* which is yet to come`));
  });

  test('at one pull, while a session ended, leaves no watermark in the future', async (t) => {
    const installation = await install(t, { transfer: 'start = 5d\nsweep = 0' });
    const { appliance, archive, directory, pull, watermark } = installation;
    const before = appliance.clock.seconds();
    assert.equal((await pull()).code, 0);
    leap(installation, 30 * day);
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - 20 * minute, endTime: now - 5 * minute });
    assert.equal((await pull()).sessions.delivered, 1, 'what it shows is delivered');
    assert.ok(((await watermark()) ?? 0) < before + hour);
    leap(installation, 9 * day - 30 * day);
    await loseState(directory);
    const endTime = before + day / 2;
    appliance.sessions.add({ startTime: endTime - 600, endTime });
    assert.equal((await pull()).code, 0);
    await assertAllStored(appliance, archive);
  });

  test('in the middle of a pull leaves no watermark in the future', async (t) => {
    const installation = await install(t, { transfer: 'overlap = 0\nsweep = 0' });
    const { appliance, archive, pull, watermark } = installation;
    const before = appliance.clock.seconds();
    appliance.before(() => leap(installation, 30 * day), { api: 'reporting' });
    assert.equal((await pull()).code, 0);
    assert.ok(((await watermark()) ?? 0) < before + hour);
    leap(installation, minute * 10 - 30 * day);
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - 300, endTime: now - 120 });
    assert.equal((await pull()).sessions.delivered, 1);
    await assertArchived(appliance, archive);
  });
});

async function loseState(directory: string): Promise<void> {
  for (const name of ['ic-state.db', 'ic-state.db.previous']) {
    await rm(join(directory, name), { force: true });
  }
}

/** What else lies in the archive, such as recordings, is not looked at. */
async function assertAllStored(appliance: Installation['appliance'], archive: string): Promise<void> {
  const stored = new Set((await storedSessions(archive)).map(({ session }) => session.lsid));
  for (const { lsid } of appliance.sessions.closed()) assert.ok(stored.has(lsid), `${lsid} is missing`);
}

test('a clock that is set back in the middle of a pull leaves no gap behind', async (t) => {
  const installation = await install(t, { transfer: 'overlap = 0\nsweep = 0' });
  const { appliance, archive, pull } = installation;
  const set = appliance.before(() => leap(installation, -30 * minute), { api: 'reporting' });
  assert.equal((await pull()).code, 0);
  assert.equal(set.hits, 1);
  // It ends in a time that the first pull has been through already.
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 60, endTime: now + 10 * minute });
  leap(installation, hour);
  assert.equal((await pull()).sessions.delivered, 1);
  await assertArchived(appliance, archive);
});

/** An appliance whose answers are dated so many seconds off; its own clock is right, and this machine's. */
async function installDated(t: TestContext, offset: number, transfer: string, command: 'deny' | 'read_only') {
  const installation = await install(t, {
    appliance: { clock: { now: Date.now() - 12 * minute * 1000, frozen: true }, permissions: { command } },
    transfer: `start = 3d\n${transfer}`,
  });
  const { appliance, pull } = installation;
  let rule: Rule | null = null;
  const pullDated = async () => {
    rule?.remove();
    const value = new Date(appliance.clock.now() + offset * 1000).toUTCString();
    rule = appliance.faults.add({ type: 'date', value }, { times: Number.POSITIVE_INFINITY });
    return pull();
  };
  return { ...installation, pullDated };
}

describe('answers that are dated', { concurrency: 2 }, () => {
  for (const sweep of ['sweep = 0', '']) {
    for (const command of ['read_only', 'deny'] as const) {
      const confirmed = command === 'read_only';
      test(`two hours ahead lose nothing, ${confirmed ? 'corrected by' : 'and fail without'} get_api_info, ${sweep || 'with a sweep'}`, async (t) => {
        const installation = await installDated(t, 2 * hour, sweep, command);
        const { appliance, archive, pullDated } = installation;
        for (let round = 0; round < 4; round += 1) {
          const now = appliance.clock.seconds();
          appliance.sessions.add({ startTime: now - 10 * minute, endTime: now - 2 * minute });
          const pulled = await pullDated();
          assert.deepEqual([pulled.code, pulled.sessions.delivered], [confirmed ? 0 : 3, 1], pulled.stderr);
          assert.ok(Date.parse(pulled.transfer.watermark) <= Math.max(Date.now(), appliance.clock.now()));
          const said = confirmed
            ? /Date of its answers says .* get_api_info says/
            : /Give the account .*get_api_info/;
          assert.match(pulled.stderr, said);
          leap(installation, 6 * minute);
        }
        await assertArchived(appliance, archive);
      });
    }
  }

  test('five hours behind are corrected by get_api_info', async (t) => {
    const { appliance, archive, pullDated } = await installDated(t, -5 * hour, 'sweep = 0', 'read_only');
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - 10 * minute, endTime: now - 2 * minute });
    const pulled = await pullDated();
    assert.deepEqual([pulled.code, pulled.sessions.delivered], [0, 1], pulled.stderr);
    await assertArchived(appliance, archive);
  });

  test('five hours behind are refuted by sessions that ended later', async (t) => {
    const { appliance, archive, pullDated } = await installDated(t, -5 * hour, '', 'deny');
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - 3 * hour, endTime: now - 2 * hour });
    appliance.sessions.add({ startTime: now - 6 * hour, endTime: now - hour });
    const first = await pullDated();
    assert.deepEqual([first.code, first.transfer.status], [3, 'partial'], first.stderr);
    assert.match(first.stderr, /ended at .*, later than the time that counts/);
    const second = await pullDated();
    assert.deepEqual([second.code, second.sessions.delivered], [3, 1], second.stderr);
    const stored = new Set((await storedSessions(archive)).map(({ session }) => session.lsid));
    const earlier = appliance.sessions.closed().filter(({ endTime }) => (endTime ?? 0) < now - hour);
    for (const { lsid } of earlier) assert.ok(stored.has(lsid));
  });

  test('not at all, by an appliance that answers no command either, are not understood', async (t) => {
    const { appliance, pull } = await install(t, { appliance: { permissions: { command: 'deny' } } });
    appliance.faults.add({ type: 'date', value: null }, { times: Number.POSITIVE_INFINITY });
    const pulled = await pull();
    assert.equal(pulled.code, 76, pulled.stderr);
    assert.match(pulled.transfer.error.message, /does not tell its time/);
    assert.match(pulled.transfer.error.hint, /Date header.*command API/);
  });
});

describe('a session that was delivered without an end', { concurrency: 2 }, () => {
  const short = (seconds: number) => ({ startTime: seconds - 49 * hour, endTime: null });

  test('is delivered anew when its end comes after the sweep and the overlap', async (t) => {
    const installation = await install(t);
    const { appliance, archive, pull } = installation;
    const { lsid } = appliance.sessions.add(short(appliance.clock.seconds()));
    assert.equal((await pull()).sessions.delivered, 1);
    leap(installation, 10 * day);
    for (let pulls = 0; pulls < 2; pulls += 1) assert.equal((await pull()).sessions.delivered, 0);
    appliance.sessions.close(lsid, appliance.clock.seconds() - 2 * hour);
    leap(installation, 25 * hour);
    assert.equal((await pull()).sessions.delivered, 1, 'it is still asked for');
    await assertArchived(appliance, archive, { earlierContents: 1 });
    appliance.requests.clear();
    leap(installation, 25 * hour);
    assert.equal((await pull()).sessions.delivered, 0);
    assert.equal(appliance.requests.count({ lsid }), 0, 'and then no more');
  });

  test('is asked for also when the state was lost since', async (t) => {
    const installation = await install(t);
    const { appliance, archive, directory, pull } = installation;
    const { lsid } = appliance.sessions.add(short(appliance.clock.seconds()));
    assert.equal((await pull()).sessions.delivered, 1);
    await loseState(directory);
    for (const passes of [0, 10 * day, 0]) {
      leap(installation, passes);
      assert.equal((await pull()).sessions.delivered, 0);
    }
    appliance.sessions.close(lsid, appliance.clock.seconds() - 2 * hour);
    leap(installation, 25 * hour);
    assert.equal((await pull()).sessions.delivered, 1);
    await assertArchived(appliance, archive, { earlierContents: 1 });
  });

  test('is asked for with growing pauses, until it is forgotten', async (t) => {
    const installation = await install(t, { transfer: 'forget_abandoned_after = 10d' });
    const { appliance, pull } = installation;
    const { lsid } = appliance.sessions.add(short(appliance.clock.seconds()));
    assert.equal((await pull()).sessions.delivered, 1);
    const asked = async (seconds: number) => {
      leap(installation, seconds);
      appliance.requests.clear();
      assert.equal((await pull()).code, 0);
      return appliance.requests.count({ lsid });
    };
    const counts: number[] = [];
    for (let pulls = 0; pulls < 6; pulls += 1) counts.push(await asked(6 * minute));
    assert.deepEqual(counts, [1, 0, 1, 0, 0, 0]);
    await asked(12 * day);
    assert.equal(await asked(0), 0);
  });
});

test('a sweep leaves out what had ended before the start of the transfer', async (t) => {
  const installation = await install(t, { transfer: 'start = 1d' });
  const { appliance, archive, pull } = installation;
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 5 * day, endTime: now - 4 * day });
  const { lsid } = appliance.sessions.add({ startTime: now - 5 * day, endTime: now - hour });
  for (const expected of [1, 0]) {
    assert.equal((await pull()).sessions.delivered, expected);
    leap(installation, day);
  }
  const stored = (await storedSessions(archive)).map(({ session }) => session.lsid);
  assert.deepEqual(stored, [lsid]);
});
