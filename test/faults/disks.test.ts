import assert from 'node:assert/strict';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { storedSessions } from '../support/archive-contents.ts';
import { day, hour, type Installation, install } from '../support/installation.ts';
import { assertFlows, assertRepaired } from '../support/oracle.ts';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.ts';

describe('a full disk', { concurrency: 2, skip: noSmallDisk ?? false }, () => {
  test('below the archive fails the run with 74; the watermark waits, and room makes it good', async (t) => {
    const installation = await install(t);
    using disk = await mountSmallDisk(installation.archive, '100k');
    addSessions(installation, 40, 4.5 * day);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const failed = await installation.pull();
      assert.deepEqual([failed.code, failed.transfer.status], [74, 'failed'], failed.stderr);
      assert.match(failed.transfer.error.message, /no space left/);
      assert.match(failed.transfer.error.hint, /Free space/);
      assert.equal(failed.transfer.watermark, null);
    }
    const stored = await storedSessions(installation.archive);
    assert.ok(stored.length > 0 && stored.length < 40, `${stored.length} found room`);
    disk.resize('10m');
    const repaired = await assertRepaired(installation);
    assert.equal(repaired.sessions.unchanged, stored.length, 'what was there is adopted');
    assert.equal(repaired.sessions.delivered, 40 - stored.length);
    await assertFlows(installation);
  });

  test('that holds the first slices but not all keeps these, and exits with 3', async (t) => {
    const installation = await install(t);
    using disk = await mountSmallDisk(installation.archive, '200k');
    addSessions(installation, 3, 4.5 * day);
    addSessions(installation, 60, hour);
    const partial = await installation.pull();
    assert.deepEqual([partial.code, partial.transfer.status], [3, 'partial'], partial.stderr);
    assert.equal(partial.transfer.error.exit_code, 74);
    assert.equal(partial.sessions.delivered, 3);
    assert.ok(partial.transfer.watermark, 'what is confirmed need not be asked for again');
    disk.resize('10m');
    await assertRepaired(installation);
  });

  test('below the state fails the run loudly, and what was delivered is not stored twice', async (t) => {
    const installation = await install(t, { more: '[state]\npath = state/ic-state.db' });
    const { directory, pull } = installation;
    using disk = await mountSmallDisk(join(directory, 'state'), '1m');
    addSessions(installation, 1, 2 * hour);
    assert.equal((await pull()).code, 0);
    disk.fill();
    const idle = await pull();
    assert.deepEqual([idle.code, idle.transfer.status], [74, 'failed'], 'also when nothing was new');
    addSessions(installation, 2, hour);
    const failed = await pull();
    assert.deepEqual([failed.code, failed.transfer.error?.exit_code], [3, 74], failed.stderr);
    disk.free();
    const repaired = await assertRepaired(installation);
    assert.equal(repaired.sessions.delivered, 0, 'both are adopted');
    await assertFlows(installation);
  });

  test('below a download keeps it owed, and the sessions are there', async (t) => {
    const installation = await install(t, {
      transfer: 'data = sessions, show-my-screen-recordings',
      destination: '[destination.archive.show-my-screen-recordings]\ndirectory = recordings',
    });
    const { appliance, directory, pull } = installation;
    using disk = await mountSmallDisk(join(directory, 'recordings'), '64k');
    const now = appliance.clock.seconds();
    const media = { format: 'mp4', size: 300_000, seed: 1, moov: 'last' } as const;
    const showMyScreenRecordings = [{ instance: 0, media }];
    appliance.sessions.add({ startTime: now - hour, endTime: now - 1800, showMyScreenRecordings });
    const partial = await pull();
    assert.deepEqual([partial.code, partial.transfer.error?.exit_code], [3, 74], partial.stderr);
    assert.equal(partial.sessions.delivered, 1);
    assert.equal(partial.transfer.kinds['show-my-screen-recordings'].owed, 1);
    disk.resize('10m');
    appliance.clock.advance(7 * hour * 1000);
    const repaired = await assertRepaired(installation);
    assert.equal(repaired.transfer.kinds['show-my-screen-recordings'].delivered, 1);
  });
});

describe('an archive that cannot be written', { concurrency: 2 }, () => {
  test('since a file has its name', async (t) => {
    const installation = await install(t);
    addSessions(installation, 1, hour);
    await writeFile(installation.archive, 'in the way');
    const failed = await installation.pull();
    assert.deepEqual([failed.code, failed.transfer.status], [74, 'failed'], failed.stderr);
    assert.ok(failed.transfer.error.hint);
    await rename(installation.archive, `${installation.archive}.away`);
    await assertRepaired(installation);
    await assertFlows(installation);
  });

  const skip = process.getuid?.() === 0 ? 'root may write anywhere' : process.platform === 'win32';
  test('since its owner does not let us', { skip }, async (t) => {
    const installation = await install(t);
    addSessions(installation, 1, 2 * hour);
    assert.equal((await installation.pull()).code, 0);
    await chmod(installation.archive, 0o500);
    addSessions(installation, 1, hour);
    const failed = await installation.pull();
    assert.deepEqual([failed.code, failed.transfer.status], [74, 'failed'], failed.stderr);
    await chmod(installation.archive, 0o700);
    await assertRepaired(installation);
  });
});

/** Some that end one after another, the last of them so long ago. */
function addSessions({ appliance }: Installation, count: number, ago: number): void {
  const last = Math.floor(appliance.clock.seconds() - ago);
  for (let index = 0; index < count; index += 1) {
    appliance.sessions.add({ startTime: last - index - 600, endTime: last - index });
  }
}
