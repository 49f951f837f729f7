import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { aSession } from '../appliance/specimens.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { createPuller, type Puller } from '../support/pulling.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const hour = 3600;
const day = 24 * hour;
const present = Date.parse('2026-11-22T12:00:00Z');

interface Setup {
  readonly appliance: Appliance;
  readonly puller: Puller;
  /** Seconds from the right time. */
  setClock(seconds: number): void;
  /** Adds a session that ends so many seconds from the right time. */
  ends(at: number): string;
  stored(): Promise<ReadonlySet<string>>;
}

/** Nothing but the windows by end time finds what has ended. */
async function setUp(t: TestContext, transfer = 'start = 30d\nsweep = 0'): Promise<Setup> {
  const appliance = await startAppliance({ clock: { now: present, frozen: true } });
  t.after(() => appliance.close());
  const directory = await temporaryDirectory(t);
  const puller = await createPuller(directory, appliance, { site: 'retries = 0', transfer });
  return {
    appliance,
    puller,
    setClock: (seconds) => appliance.clock.advance(present + seconds * 1000 - appliance.clock.now()),
    ends: (at) => {
      const endTime = present / 1000 + at;
      return appliance.sessions.add(aSession({ startTime: endTime - 60, endTime })).lsid;
    },
    stored: async () =>
      new Set((await storedSessions(join(directory, 'archive'))).map(({ session }) => session.lsid)),
  };
}

for (const ahead of [10, 40]) {
  test(`a first pull while the clock is ${ahead} days ahead costs none of what ended before`, async (t) => {
    for (const transfer of ['start = 30d\nsweep = 0', 'start = 30d']) {
      const { puller, setClock, ends, stored } = await setUp(t, transfer);
      const lsids = [1, 8, 15, 22, 29].map((days) => ends(-days * day));
      const before = ends(-31 * day);
      setClock(ahead * day);
      assert.equal((await puller.pull()).exitCode, 0);
      setClock(300);
      assert.equal((await puller.pull()).exitCode, 0);
      const found = await stored();
      for (const lsid of lsids) assert.ok(found.has(lsid));
      assert.ok(!found.has(before), 'what had ended before the start is left out');
    }
  });
}

test('a clock that was ahead for a while costs nothing of the days after', async (t) => {
  const { puller, setClock, ends, stored } = await setUp(t);
  assert.equal((await puller.pull()).exitCode, 0);
  setClock(3 * day);
  const { watermark } = await puller.pull();
  const lsids: string[] = [];
  for (let days = 1; days < 7; days += 1) {
    lsids.push(ends((days - 0.5) * day));
    setClock(days * day);
    const pulled = await puller.pull();
    assert.deepEqual([pulled.exitCode, pulled.kinds.sessions?.delivered], [0, 1]);
    assert.ok((pulled.watermark ?? 0) >= (watermark ?? 0), 'a watermark never goes back');
  }
  assert.deepEqual(await stored(), new Set(lsids));
});

test('that a clock was set back is said once', async (t) => {
  const { puller, setClock } = await setUp(t);
  setClock(2 * hour);
  await puller.pull();
  for (const [seconds, said] of [
    [600, 1],
    [1200, 0],
    [3 * hour, 0],
  ] as const) {
    setClock(seconds);
    const { logger, lines } = recordingLogger();
    await puller.pull({ logger });
    assert.equal(lines.filter(({ message }) => message.includes('was set back')).length, said);
  }
});

test('a pull that breaks off after a clock was set back is made up by the next one', async (t) => {
  const { appliance, puller, setClock, ends, stored } = await setUp(t);
  const lsids = [20, 10, 1].map((days) => ends(-days * day));
  setClock(40 * day);
  assert.equal((await puller.pull()).exitCode, 0);
  setClock(0);
  const broken = appliance.faults.add(
    { type: 'status', status: 503 },
    { report: 'SupportSession', skip: 1, times: Number.POSITIVE_INFINITY },
  );
  assert.notEqual((await puller.pull()).exitCode, 0);
  broken.remove();
  setClock(300);
  assert.equal((await puller.pull()).exitCode, 0);
  assert.deepEqual(await stored(), new Set(lsids));
});

test('whatever this machine’s clock does in the middle of a pull, nothing is lost and nothing decided by it', async (t) => {
  const { puller, setClock, ends, stored, appliance } = await setUp(t);
  const open = appliance.sessions.add(aSession({ startTime: present / 1000 - hour, endTime: null }));
  const lsids: string[] = [];
  for (const [round, leap] of [40 * day, -40 * day, 400 * day, 0].entries()) {
    setClock(round * 600);
    lsids.push(ends(round * 600 - 120));
    let leapt = 0;
    appliance.before(() => (leapt = leap), { api: 'reporting' });
    const clock = { ...systemClock, now: () => Date.now() + leapt * 1000, sleep: async () => {} };
    const pulled = await puller.pull({ clock });
    assert.deepEqual([pulled.exitCode, pulled.kinds.sessions?.delivered], [0, 1]);
    assert.ok((pulled.watermark ?? 0) <= present / 1000 + round * 600);
  }
  assert.deepEqual(await stored(), new Set(lsids));
  assert.ok(!(await stored()).has(open.lsid));
});

test('the appliance’s clock set back in the middle of a pull costs nothing of the time that it goes through again', async (t) => {
  const { puller, setClock, ends, stored, appliance } = await setUp(t, 'start = 30d\nsweep = 0\noverlap = 0');
  const rule = appliance.before(() => setClock(-hour), { api: 'reporting' });
  const pulled = await puller.pull();
  assert.equal(rule.hits, 1);
  assert.ok(
    (pulled.watermark ?? 0) <= present / 1000 - hour,
    'no further than where the clock was when it answered',
  );
  const lsid = ends(-hour / 2);
  // By then nothing shows any more that the clock was set back.
  setClock(600);
  await puller.pull();
  assert.deepEqual(await stored(), new Set([lsid]));
});

test('one answer from long ago has nothing read again', async (t) => {
  const { puller, setClock, ends, appliance, stored } = await setUp(t);
  const lsid = ends(-2 * day);
  assert.equal((await puller.pull()).exitCode, 0);
  const { watermark } = await puller.pull();
  setClock(-4000 * day);
  assert.equal((await puller.pull()).exitCode, 0);
  setClock(600);
  appliance.requests.clear();
  const right = await puller.pull();
  assert.equal(right.exitCode, 0);
  assert.ok((right.window?.from ?? 0) >= (watermark ?? 0) - hour, 'it goes on where it was');
  assert.deepEqual(await stored(), new Set([lsid]));
});
