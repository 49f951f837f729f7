import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Destination, Outcome } from '../../src/destinations/destination.ts';
import { IcError } from '../../src/platform/errors.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { media } from '../appliance/media.ts';
import { aSession } from '../appliance/specimens.ts';
import { createPuller, type Puller } from '../support/pulling.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Setup {
  readonly appliance: Appliance;
  readonly puller: Puller;
}

async function setUp(t: TestContext, data: string): Promise<Setup> {
  const appliance = await startAppliance();
  t.after(() => appliance.close());
  appliance.recordings.configure({ link: 'closed' });
  const now = appliance.clock.seconds();
  for (let index = 1; index <= 3; index += 1) {
    const endTime = now - 600 - index * 60;
    appliance.sessions.add(aSession({ startTime: endTime - 60, endTime, recording: media() }));
  }
  const settings = { site: 'retries = 0', transfer: 'start = 1d', data };
  return { appliance, puller: await createPuller(await temporaryDirectory(t), appliance, settings) };
}

/** The destination, with some of its methods replaced. */
function altered(real: Destination, methods: Partial<Destination>): Destination {
  return new Proxy(real, {
    get(target, key) {
      const own: unknown = Reflect.get(methods, key);
      const value: unknown = own ?? Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

for (const [what, change] of [
  ['fewer items than it was given', (outcomes: readonly Outcome[]) => outcomes.slice(1)],
  ['more items than it was given', (outcomes: readonly Outcome[]) => [...outcomes, ...outcomes.slice(0, 1)]],
] as const) {
  for (const data of ['sessions', 'session-recordings', 'backups']) {
    test(`a destination that answers about ${what} of ${data} is named, and nothing counts as delivered`, async (t) => {
      const { puller } = await setUp(t, data);
      const destination = (real: Destination): Destination =>
        altered(real, { deliver: async (batch, signal) => change(await real.deliver(batch, signal)) });
      const { status, error, kinds } = await puller.pull({ destination });
      assert.deepEqual([status, error?.code], ['failed', 'internal']);
      assert.match(error?.message ?? '', /[Dd]estination archive answered about \d items of the \d/);
      assert.equal(kinds[data as 'sessions']?.delivered, 0);
      const next = await puller.pull();
      assert.equal(next.status, 'ok');
    });
  }
}

test('a defect of a destination is told with its name, and ends the run', async (t) => {
  const { appliance, puller } = await setUp(t, 'sessions, backups');
  const destination = (real: Destination): Destination =>
    altered(real, { deliver: () => Promise.reject(new TypeError('x is not a function')) });
  const { status, error } = await puller.pull({ destination });
  assert.deepEqual([status, error?.code], ['failed', 'internal']);
  assert.match(error?.message ?? '', /destination archive.*x is not a function/);
  assert.equal(appliance.requests.count({ api: 'backup' }), 0);
});

for (const code of ['unreachable', 'refused', 'io'] as const) {
  test(`a destination that fails as ${code} ends the run, though a site that does would not`, async (t) => {
    const { appliance, puller } = await setUp(t, 'sessions, session-recordings, backups');
    const destination = (real: Destination): Destination =>
      altered(real, { deliver: () => Promise.reject(new IcError(code, 'The destination is away.')) });
    const { status, error } = await puller.pull({ destination });
    assert.deepEqual([status, error?.code, error?.message], ['failed', code, 'The destination is away.']);
    assert.equal(appliance.requests.count({ report: 'SupportSessionRecording' }), 0);
    assert.equal(appliance.requests.count({ api: 'backup' }), 0);
  });
}

test('what the destination holds is confirmed to it although the recordings are refused', async (t) => {
  const { appliance, puller } = await setUp(t, 'session-recordings');
  appliance.faults.add(
    { type: 'status', status: 401 },
    { report: 'SupportSessionRecording', times: Number.POSITIVE_INFINITY },
  );
  const advanced: string[] = [];
  const destination = (real: Destination): Destination =>
    altered(real, {
      advance: (kind, ...rest) => {
        advanced.push(kind);
        return real.advance(kind, ...rest);
      },
    });
  await puller.pull({ destination });
  assert.ok(advanced.includes('session-recordings'));
});

test('a defect in a download is told, and not owed as if the recording were at fault', async (t) => {
  const { puller } = await setUp(t, 'session-recordings');
  const appliance = { downloadRecording: () => Promise.reject(new TypeError('x is not a function')) };
  const { status, error } = await puller.pull({ appliance });
  assert.deepEqual([status, error?.code], ['failed', 'internal']);
  assert.match(error?.message ?? '', /x is not a function/);
  const next = await puller.pull();
  assert.deepEqual([next.status, next.kinds['session-recordings']?.delivered], ['ok', 3]);
});
