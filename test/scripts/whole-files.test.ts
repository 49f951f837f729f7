import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { media } from '../appliance/media.ts';
import { aSession, lsidFor } from '../appliance/specimens.ts';
import { manifestLines, visibleFiles } from '../support/archive.ts';
import { day, hour, type Installation, install, minute } from '../support/installation.ts';

const endless = { times: Number.POSITIVE_INFINITY };
const unframed = { type: 'close-delimited' } as const;

async function withRecordings(
  t: TestContext,
  count: number,
  format: 'flv' | 'mp4' | 'text',
): Promise<Installation> {
  const kind = format === 'text' ? 'command-shell-recordings' : 'show-my-screen-recordings';
  const installation = await install(t, { transfer: `data = ${kind}` });
  const { appliance } = installation;
  const now = appliance.clock.seconds();
  for (let index = 0; index < count; index += 1) {
    const recordings = [{ instance: 0, media: media({ format, size: 200_000 + index, seed: index }) }];
    const times = { startTime: now - 2 * hour, endTime: now - hour - index };
    const lsid = lsidFor(`${index}`);
    const inSession =
      format === 'text' ? { commandShellRecordings: recordings } : { showMyScreenRecordings: recordings };
    appliance.sessions.add(aSession({ lsid, ...times, ...inSession }));
  }
  return installation;
}

/** Of what was stored, by paths. */
async function filesIn(archive: string): Promise<readonly string[]> {
  return (await visibleFiles(archive)).map((name) => join(archive, name));
}

async function assertWhole(installation: Installation, kind: 'sms' | 'shell', count: number): Promise<void> {
  const files = await filesIn(installation.archive);
  const hashes = await Promise.all(
    files.map(async (file) =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ),
  );
  const expected = Array.from({ length: count }, (_, index) =>
    installation.appliance.recordingSha256({ kind, lsid: lsidFor(`${index}`), instance: 0 }),
  );
  assert.deepEqual(hashes.toSorted(), expected.toSorted());
}

test('recordings that are torn where only the end of the connection ends them are owed, and come whole later', async (t) => {
  const installation = await withRecordings(t, 12, 'flv');
  const { appliance, archive, pull } = installation;
  const when = { report: 'ShowMyScreenRecording', ...endless };
  const rules = [appliance.faults.add(unframed, when), appliance.faults.add({ type: 'truncate' }, when)];

  const torn = await pull();
  assert.equal(torn.code, 3);
  const counts = torn.transfer.kinds['show-my-screen-recordings'];
  assert.deepEqual([counts.delivered, counts.failed, counts.owed], [0, 12, 12]);
  assert.deepEqual(await filesIn(archive), []);
  assert.match((await installation.ic(['log', '--lines', '200'])).stdout, /incomplete: the FLV is cut off/);

  for (const rule of rules) rule.remove();
  appliance.clock.advance(6 * minute * 1000);
  const healed = await pull();
  assert.deepEqual([healed.code, healed.transfer.kinds['show-my-screen-recordings'].delivered], [0, 12]);
  await assertWhole(installation, 'sms', 12);
  assert.equal((await installation.ic(['verify', '--quiet'])).code, 0);
});

for (const format of ['flv', 'mp4'] as const) {
  test(`whole ${format} recordings that end with their connections are stored, with their type in the manifest`, async (t) => {
    const installation = await withRecordings(t, 3, format);
    installation.appliance.faults.add(unframed, { report: 'ShowMyScreenRecording', ...endless });
    assert.equal((await installation.pull()).code, 0);
    await assertWhole(installation, 'sms', 3);
    const types = (await manifestLines(installation.archive)).flatMap((line) => line.media_type ?? []);
    assert.deepEqual(types, Array(3).fill(format === 'flv' ? 'video/x-flv' : 'video/mp4'));
  });
}

test('texts that end with their connections are owed although they are whole, and the reason is told', async (t) => {
  const installation = await withRecordings(t, 2, 'text');
  const { appliance, pull, ic } = installation;
  const rule = appliance.faults.add(unframed, { report: 'CommandShellRecording', ...endless });
  assert.equal((await pull()).code, 3);
  assert.deepEqual(await filesIn(installation.archive), []);
  assert.match(
    (await ic(['log', '--lines', '200'])).stdout,
    /the answer had no length, and a text does not prove its end/,
  );
  rule.remove();
  appliance.clock.advance(6 * minute * 1000);
  assert.equal((await pull()).code, 0);
  await assertWhole(installation, 'shell', 2);
});

test('backups that are cut where only the end of the connection ends them cost no whole one', async (t) => {
  const installation = await install(t, {
    transfer: 'data = backups',
    destination: 'retention_count = 2',
    appliance: { backup: { size: 300_000, varies: true } },
  });
  const { appliance, archive, pull } = installation;
  const next = async (): Promise<number | null> => {
    appliance.clock.advance(day * 1000);
    return (await pull()).code;
  };
  assert.deepEqual([await next(), await next()], [0, 0]);
  const whole = await filesIn(archive);
  assert.equal(whole.length, 2);

  const rules = [
    appliance.faults.add(unframed, { api: 'backup', ...endless }),
    appliance.faults.add({ type: 'truncate' }, { api: 'backup', ...endless }),
  ];
  for (const code of [await next(), await next()]) assert.notEqual(code, 0);
  assert.deepEqual(await filesIn(archive), whole);

  for (const rule of rules) rule.remove();
  appliance.backup.size = 100_000;
  appliance.clock.advance(day * 1000);
  const small = await pull();
  assert.equal(small.code, 3, 'a backup of a third of the size is stored, and told');
  assert.match(small.transfer.warnings.join(), /less than half of 300000 bytes.*no old backup is removed/);
  assert.equal((await filesIn(archive)).length, 3);
  for (const file of whole) assert.equal((await readFile(file)).length, 300_000);
  assert.equal((await installation.ic(['verify', '--quiet'])).code, 0);
});
