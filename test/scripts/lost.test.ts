import assert from 'node:assert/strict';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { media } from '../appliance/media.ts';
import { day, hour, type Installation, install } from '../support/installation.ts';

const kind = 'session-recordings';

describe('after a loss', { concurrency: 3 }, () => {
  test('of the state, recordings that the archive holds are neither asked for nor missed', async (t) => {
    const installation = await install(t, { transfer: `data = sessions, ${kind}\nstart = 60d` });
    const { appliance, pull } = installation;
    for (let days = 1; days < 50; days += 6) addEnded(installation, days * day);
    assert.equal((await pull()).transfer.kinds[kind].delivered, 9);
    appliance.recordings.configure({ state: 'expired' });
    await loseState(installation);
    const { code, transfer } = await pull();
    assert.deepEqual([code, transfer.kinds.sessions.delivered, transfer.kinds[kind].seen], [0, 0, 0]);
  });

  test('of the state, a sweep still looks back as far as it does every day', async (t) => {
    const installation = await install(t, { transfer: 'start = 60d\nsweep = 7d' });
    const { appliance, pull } = installation;
    addEnded(installation, 30 * day);
    addEnded(installation, hour);
    assert.equal((await pull()).sessions.delivered, 2);
    await loseState(installation);
    addEnded(installation, 5 * day);
    assert.equal((await pull()).sessions.delivered, 1, 'one that arrived late');
    appliance.clock.advance(day * 1000);
    assert.equal((await pull()).sessions.delivered, 0);
  });

  test('of a session that the appliance no longer knows either, it is owed, and given up loudly', async (t) => {
    const installation = await install(t, { transfer: 'give_up_after = 2d' });
    const { appliance, archive, json, pull } = installation;
    const lsid = addEnded(installation, hour);
    await pull();
    const [name = ''] = (await readdir(archive)).filter((file) => file.includes(lsid));
    await rm(join(archive, name));
    assert.equal((await json(['verify', '--repair'])).document.owed_again, 1);
    appliance.sessions.remove(lsid);
    const missed = await pull();
    assert.deepEqual([missed.code, missed.sessions.owed], [3, 1]);
    assert.match(missed.stderr, new RegExp(`${lsid} is owed, and the appliance no longer knows it`));
    appliance.requests.clear();
    await pull();
    assert.equal(appliance.requests.count({ lsid }), 0, 'it is asked for with pauses');
    appliance.clock.advance(6 * 60_000);
    await pull();
    assert.equal(appliance.requests.count({ lsid }), 1);
    appliance.clock.advance(3 * day * 1000);
    const unconfirmed = await pull();
    assert.deepEqual([unconfirmed.code, unconfirmed.sessions.owed], [3, 1], 'one pull alone saw that time');
    const givenUp = await pull();
    assert.deepEqual([givenUp.code, givenUp.sessions.failed, givenUp.sessions.owed], [3, 1, 0]);
    assert.match(givenUp.stderr, new RegExp(`${lsid} is given up`));
    const after = await pull();
    assert.deepEqual([after.code, after.transfer.status], [0, 'ok']);
  });

  for (const [what, rename] of [
    ['', (text: string) => text],
    [
      ', and under another name of the transfer',
      (text: string) => text.replace('[transfer.t]', '[transfer.u]'),
    ],
  ] as const) {
    test(`of the state and a file${what}, repair has it fetched again before the first pull`, async (t) => {
      const installation = await install(t);
      const { archive, ini, json, pull } = installation;
      for (let hours = 1; hours <= 3; hours += 1) addEnded(installation, hours * hour);
      await pull();
      await writeFile(ini, rename(await readFile(ini, 'utf8')));
      await loseState(installation);
      const [name = ''] = (await readdir(archive)).filter((file) => file.endsWith('.xml'));
      await rm(join(archive, name));
      const repaired = await json(['verify', '--repair']);
      assert.deepEqual([repaired.code, repaired.document.owed_again], [74, 1]);
      const { code, sessions } = await pull();
      assert.deepEqual([code, sessions.delivered], [0, 1]);
      assert.equal((await json(['verify'])).code, 0);
    });
  }

  test('of the state and of files, the first pull brings back what its sweep reaches', async (t) => {
    const installation = await install(t, { transfer: `data = sessions, ${kind}` });
    const { archive, json, pull } = installation;
    const gone = addEnded(installation, hour);
    const cut = addEnded(installation, 2 * hour);
    addEnded(installation, 3 * hour);
    await pull();
    await loseState(installation);
    for (const name of (await readdir(archive)).filter((file) => file.includes(gone))) {
      await rm(join(archive, name));
    }
    for (const name of (await readdir(archive)).filter((file) => file.includes(cut))) {
      await truncate(join(archive, name), 10);
    }
    const { code, sessions, stderr, transfer } = await pull(['-v']);
    assert.deepEqual([code, sessions.delivered, transfer.kinds[kind].delivered], [0, 2, 2]);
    assert.match(stderr, /2 of sessions are not in archive as it recorded them/);
    const left = (await json(['verify'])).document.destinations[0].problems;
    assert.deepEqual(
      left.map((problem: { kind: string }) => problem.kind),
      ['truncated', 'truncated'],
      'the damaged ones are kept beside the whole ones',
    );
  });

  test('of a file that no transfer brings any more, repair says that it cannot', async (t) => {
    const installation = await install(t);
    const { archive, ic, ini, json, pull } = installation;
    addEnded(installation, hour);
    await pull();
    const text = await readFile(ini, 'utf8');
    await writeFile(ini, text.replace('data = sessions', 'data = session-recordings'));
    const [name = ''] = (await readdir(archive)).filter((file) => file.endsWith('.xml'));
    await rm(join(archive, name));
    const { document } = await json(['verify', '--repair']);
    assert.deepEqual([document.owed_again, document.beyond_repair], [0, 1]);
    assert.match((await ic(['verify', '--repair'])).stdout, /1 item cannot be fetched again/);
  });

  test('of a recording that only its link gives, one pull brings it back', async (t) => {
    const installation = await install(t, { transfer: `data = sessions, ${kind}\noverlap = 0\nsweep = 0` });
    const { appliance, archive, json, pull } = installation;
    addEnded(installation, hour);
    appliance.recordings.configure({ api: false });
    assert.equal((await pull()).transfer.kinds[kind].delivered, 1);
    const [name = ''] = (await readdir(archive)).filter((file) => file.endsWith('.mp4'));
    await rm(join(archive, name));
    assert.equal((await json(['verify', '--repair'])).document.owed_again, 1);
    const { code, transfer } = await pull();
    assert.deepEqual([code, transfer.kinds[kind].delivered], [0, 1]);
    assert.equal((await json(['verify'])).code, 0);
  });
});

function addEnded({ appliance }: Installation, ago: number): string {
  const endTime = appliance.clock.seconds() - ago;
  return appliance.sessions.add({ startTime: endTime - 600, endTime, recording: media() }).lsid;
}

async function loseState({ directory }: Installation): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('ic-state'));
  for (const name of names) await rm(join(directory, name));
}
