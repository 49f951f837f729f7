import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { aSession } from '../appliance/specimens.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { createPuller, type Puller } from '../support/pulling.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const hour = 3600;
const day = 24 * hour;

interface Setup {
  readonly appliance: Appliance;
  readonly puller: Puller;
  wait(seconds: number): void;
  /** A session that began `ago` seconds ago and never ends. */
  hanging(ago: number): string;
  ended(ago: number): string;
  stored(): Promise<readonly (readonly [lsid: string, externalKey: string | null])[]>;
}

async function setUp(t: TestContext): Promise<Setup> {
  const appliance = await startAppliance();
  t.after(() => appliance.close());
  const directory = await temporaryDirectory(t);
  const puller = await createPuller(directory, appliance, {
    site: 'retries = 0',
    transfer: 'start = 3d\nsweep = 7d',
  });
  const add = (startTime: number, endTime: number | null) =>
    appliance.sessions.add(aSession({ startTime, endTime })).lsid;
  const ago = (seconds: number) => appliance.clock.seconds() - seconds;
  return {
    appliance,
    puller,
    wait: (seconds) => appliance.clock.advance(seconds * 1000),
    hanging: (seconds) => add(ago(seconds), null),
    ended: (seconds) => add(ago(seconds + 60), ago(seconds)),
    stored: async () =>
      (await storedSessions(join(directory, 'archive'))).map(
        ({ session }) => [session.lsid, session.externalKey] as const,
      ),
  };
}

/** The appliance's clock alone moves in these tests, and nothing is abandoned by a leap that no second pull has seen. */
async function confirmTime(puller: Puller): Promise<void> {
  assert.equal((await puller.pull()).exitCode, 0);
}

test('a session that never ended is found after weeks without a pull', async (t) => {
  const { puller, wait, hanging, stored } = await setUp(t);
  assert.equal((await puller.pull()).exitCode, 0);
  wait(30 * day);
  const lsids = [hanging(25 * day), hanging(10 * day)];
  await confirmTime(puller);
  assert.equal((await puller.pull()).kinds.sessions?.delivered, 2);
  assert.deepEqual((await stored()).map(([lsid]) => lsid).toSorted(), lsids.toSorted());
});

test('what had ended before the transfer’s start is passed over, however far back a sweep looks', async (t) => {
  const { puller, wait, ended, stored } = await setUp(t);
  const before = ended(5 * day);
  const after = ended(2 * day);
  assert.equal((await puller.pull()).exitCode, 0);
  wait(day + hour);
  assert.equal((await puller.pull()).exitCode, 0);
  const lsids = (await stored()).map(([lsid]) => lsid);
  assert.ok(!lsids.includes(before), 'a sweep of the second day began seven days ago');
  assert.deepEqual(lsids, [after]);
});

test('so is one that was edited in that time', async (t) => {
  const { appliance, puller, wait, ended, stored } = await setUp(t);
  const lsid = ended(2.5 * day);
  assert.equal((await puller.pull()).exitCode, 0);
  appliance.sessions.edit(lsid, { externalKey: 'edited' });
  wait(30 * day);
  assert.equal((await puller.pull()).exitCode, 0);
  assert.ok((await stored()).some(([stored, key]) => stored === lsid && key === 'edited'));
});

for (const [when, pulls] of [
  ['after weeks without one', 1],
  ['of all', 0],
] as const) {
  test(`a first pull ${when} that breaks off loses no session that never ended`, async (t) => {
    const { appliance, puller, wait, hanging, ended, stored } = await setUp(t);
    for (let pull = 0; pull < pulls; pull += 1) assert.equal((await puller.pull()).exitCode, 0);
    if (pulls > 0) wait(30 * day);
    const lsid = hanging(pulls > 0 ? 25 * day : 2 * day);
    ended(pulls > 0 ? 29 * day : 2.5 * day);
    const broken = appliance.faults.add(
      { type: 'status', status: 503 },
      { report: 'SupportSession', skip: 1, times: Number.POSITIVE_INFINITY },
    );
    assert.notEqual((await puller.pull()).exitCode, 0);
    broken.remove();
    wait(20 * day);
    await confirmTime(puller);
    assert.equal((await puller.pull()).exitCode, 0);
    assert.ok((await stored()).some(([stored]) => stored === lsid));
  });
}
