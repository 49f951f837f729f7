import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { media } from '../appliance/media.ts';
import type { Rule, When } from '../appliance/rules.ts';
import { startReceiver } from '../notify/http-receiver.ts';
import { visibleFiles } from '../support/archive.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { day, type Installation, install } from '../support/installation.ts';
import { assertFlows, assertRepaired } from '../support/oracle.ts';
import { type Ended, type Started, startIc } from '../support/program.ts';

/** Where the six slices of a first pull have a session each, in days after its start. */
const slices = [0.5, 2, 5, 10, 20, 40];
const thirdReport: When = { report: 'SupportSession', skip: 2 };
const recording: When = { report: 'SupportSessionRecording' };

interface Moment {
  readonly name: string;
  /** Sessions that the destination had acknowledged by then. */
  readonly acknowledged: number;
  /** Prepares that `interrupt` is called at the moment; it resolves when the program has ended. */
  arrange(installation: Installation, interrupt: () => Promise<unknown>): Rule;
}

const moments: readonly Moment[] = [
  {
    name: 'it signs in',
    acknowledged: 0,
    arrange: ({ appliance }, interrupt) => appliance.before(interrupt, { api: 'token' }),
  },
  {
    name: 'it waits for a report',
    acknowledged: 2,
    arrange: ({ appliance }, interrupt) => appliance.before(interrupt, thirdReport),
  },
  {
    name: 'it reads a report',
    acknowledged: 2,
    arrange: ({ appliance }, interrupt) =>
      appliance.faults.add({ type: 'hold', after: 0.6, until: interrupt }, thirdReport),
  },
  {
    name: 'it waits for a recording',
    acknowledged: 6,
    arrange: ({ appliance }, interrupt) => appliance.before(interrupt, recording),
  },
  {
    name: 'it downloads a recording',
    acknowledged: 6,
    arrange: ({ appliance }, interrupt) =>
      appliance.faults.add({ type: 'hold', after: 0.6, until: interrupt }, { ...recording, skip: 1 }),
  },
];

const signals = [
  ['SIGINT', 130, 'ic: Interrupted; what was acknowledged is kept.'],
  ['SIGTERM', 143, 'ic: Terminated; what was acknowledged is kept.'],
] as const;

describe('a signal ends a run at the next safe point while', {
  concurrency: 2,
  skip: process.platform === 'win32' && 'a signal ends a program at once there',
}, () => {
  for (const [signal, code, words] of signals) {
    for (const { name, acknowledged, arrange } of moments) {
      test(`${name} (${signal})`, async (t) => {
        const installation = await installWithSixSlices(t);
        const reached = Promise.withResolvers<Started>();
        const interrupt = async () => {
          const program = await reached.promise;
          program.kill(signal);
          return program.ended;
        };
        const moment = arrange(installation, interrupt);
        const started = startIc(['pull'], { cwd: installation.directory });
        reached.resolve(started);
        assertInterrupted(await started.ended, code, words);
        assert.equal(moment.hits, 1, 'it came to that');
        await assertKept(installation, acknowledged);
      });
    }

    test(`it pauses before it asks again (${signal})`, async (t) => {
      const installation = await installWithSixSlices(t);
      installation.appliance.faults.add({ type: 'status', status: 503, retryAfter: 100 }, thirdReport);
      const started = startIc(['pull'], { cwd: installation.directory });
      await started.said('Trying again');
      started.kill(signal);
      assertInterrupted(await started.ended, code, words);
      await assertKept(installation, 2);
    });

    test(`a program reads what it prints (${signal})`, async (t) => {
      const { appliance, directory } = await installWithSixSlices(t);
      appliance.faults.add({ type: 'stall', after: 0.6 }, recording);
      const started = startIc(['pull', '--json'], { cwd: directory });
      await appliance.requests.nth(1, recording);
      started.kill(signal);
      const ended = await started.ended;
      assertInterrupted(ended, code, words);
      const { exit_code, transfers, error } = JSON.parse(ended.stdout);
      assert.deepEqual([exit_code, transfers, error.code], [code, [], 'interrupted']);
    });
  }

  test('a second signal ends it at once', async (t) => {
    const monitor = await startReceiver(t, (request, response) => {
      // Nobody answers when the run tells that it was broken off: it would wait some seconds for that.
      if (request.path !== '/ping/fail') response.end();
      else started.kill('SIGTERM');
    });
    const installation = await installWithSixSlices(t, `[notify.ping]\nurl = ${monitor.url}/ping`);
    const rule = installation.appliance.before(() => {
      started.kill('SIGINT');
      return started.ended;
    }, thirdReport);
    const started = startIc(['pull'], { cwd: installation.directory });
    const { code, stdout, stderr } = await started.ended;
    assert.deepEqual([code, stdout, rule.hits], [143, '', 1]);
    assert.doesNotMatch(stderr, /is kept/, 'there was no time for words');
    assert.deepEqual(monitor.lines, ['GET /ping/start', 'POST /ping/fail']);
    await assertKept(installation, 2);
  });
});

async function installWithSixSlices(t: TestContext, more = ''): Promise<Installation> {
  const installation = await install(t, {
    transfer: 'start = 60d\nsweep = 0\ndata = sessions, session-recordings',
    more: `[destination.archive.session-recordings]\ndirectory = recordings\n${more}`,
  });
  const { appliance } = installation;
  const start = appliance.clock.seconds() - 60 * day;
  for (const [index, days] of slices.entries()) {
    const endTime = Math.floor(start + days * day);
    const film = media({ size: 400_000, seed: index });
    appliance.sessions.add({ startTime: endTime - 600, endTime, recording: film });
  }
  return installation;
}

/** A program that had to be ended, since it came to no safe point in time, says nothing. */
function assertInterrupted({ code, signal, stderr }: Ended, expected: number, words: string): void {
  assert.deepEqual([code, signal], [expected, null], stderr);
  assert.ok(stderr.endsWith(`${words}\n`), stderr);
}

/** State and archive agree on what was stored before; the next run goes on from there, and nothing is torn. */
async function assertKept(installation: Installation, acknowledged: number): Promise<void> {
  const { archive, directory, json, appliance } = installation;
  const recordings = join(directory, 'recordings');
  assert.equal((await storedSessions(archive)).length, acknowledged);
  const { document } = await json(['status']);
  assert.equal(document.transfers[0].kinds.sessions?.delivered ?? 0, acknowledged);
  assert.equal(
    (await visibleFiles(recordings)).length,
    document.transfers[0].kinds['session-recordings']?.delivered ?? 0,
  );
  appliance.faults.clear();
  const next = await assertRepaired(installation);
  assert.equal(next.sessions.delivered, slices.length - acknowledged);
  assert.equal((await visibleFiles(recordings)).length, slices.length);
  await assertFlows(installation);
  assert.equal((await installation.ic(['verify', 'archive', '--quiet'])).code, 0);
}
