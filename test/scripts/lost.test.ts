import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
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
    appliance.clock.advance(3 * day * 1000);
    const givenUp = await pull();
    assert.deepEqual([givenUp.code, givenUp.sessions.failed, givenUp.sessions.owed], [3, 1, 0]);
    assert.match(givenUp.stderr, new RegExp(`${lsid} is given up`));
    const after = await pull();
    assert.deepEqual([after.code, after.transfer.status], [0, 'ok']);
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
