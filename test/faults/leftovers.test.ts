import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { visibleFiles } from '../support/archive.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { wasKilled } from '../support/child.ts';
import { type Installation, install } from '../support/installation.ts';

const point = 'file:directory-synced';

async function die({ ic }: Installation, at: string): Promise<void> {
  const ended = await ic(['pull'], { env: { IC_KILL_POINT: at } });
  assert.ok(wasKilled(ended), `it did not come to ${at}\n${ended.stderr}`);
}

async function assertInOrder({ json }: Installation): Promise<void> {
  const { code, document } = await json(['verify', 'archive']);
  assert.equal(code, 0, JSON.stringify(document));
}

function addSession({ appliance }: Installation): string {
  const now = appliance.clock.seconds();
  return appliance.sessions.add({ startTime: now - 3600, endTime: now - 1800 }).lsid;
}

describe('what a kill leaves between a name and its line is adopted', { concurrency: 2 }, () => {
  test('when a session was replaced, and its links are signed anew', async (t) => {
    const installation = await install(t, { destination: 'on_conflict = overwrite' });
    const { appliance, archive, pull } = installation;
    const lsid = addSession(installation);
    assert.equal((await pull()).code, 0);
    appliance.sessions.edit(lsid, { externalKey: 'edited' });
    await die(installation, `${point}:1`);
    assert.equal((await pull()).code, 0);
    assert.equal((await storedSessions(archive)).length, 1);
    await assertInOrder(installation);
  });

  test('when the session was edited before the next pull, and gets another name', async (t) => {
    const installation = await install(t, { destination: 'file_name = %EXTERNAL_KEY%-%LSID%.%EXTENSION%' });
    const { appliance, archive, pull } = installation;
    const lsid = addSession(installation);
    await die(installation, `${point}:1`);
    appliance.sessions.edit(lsid, { externalKey: 'edited' });
    assert.equal((await pull()).code, 0);
    assert.equal((await visibleFiles(archive)).length, 2);
    await assertInOrder(installation);
  });

  test('when it is a backup, which retention removes in its turn', async (t) => {
    const installation = await install(t, {
      transfer: 'data = backups',
      more: '[destination.archive.backups]\nretention_count = 2',
    });
    const { archive, appliance, pull } = installation;
    await die(installation, `${point}:1`);
    const [first = ''] = await visibleFiles(archive);
    for (let run = 0; run < 2; run += 1) {
      appliance.clock.advance(5000);
      assert.equal((await pull()).code, 0);
    }
    const left = await visibleFiles(archive);
    assert.equal(left.length, 2);
    assert.ok(!left.includes(first), 'the oldest is gone');
    await assertInOrder(installation);
  });
});

test('verify --repair leaves a whole session where it is, and corrects what is recorded of its bytes', async (t) => {
  const installation = await install(t);
  const { archive, json, pull } = installation;
  addSession(installation);
  await pull();
  const [name = ''] = await visibleFiles(archive);
  const file = join(archive, name);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('</session>', '\n</session>'));
  const repaired = await json(['verify', 'archive', '--repair']);
  assert.equal(repaired.code, 74, 'it was not in order');
  assert.deepEqual([repaired.document.corrected, repaired.document.owed_again], [1, 0]);
  await assertInOrder(installation);
  assert.deepEqual(await visibleFiles(archive), [name]);
  await writeFile(file, text.replace(/<session /, '<session forged="1" '));
  const forged = await json(['verify', 'archive', '--repair']);
  assert.deepEqual([forged.document.corrected, forged.document.owed_again], [0, 1]);
  assert.equal((await pull()).code, 0);
  await assertInOrder(installation);
});
