import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { executablePath } from '../../scripts/executable.ts';
import { storedSessions } from '../support/archive-contents.ts';
import { day, type Installation, install } from '../support/installation.ts';
import { assertFlows, assertRepaired } from '../support/oracle.ts';

/** Where a run may be when somebody stops it. */
const moments = {
  'while it waits for a token': { api: 'token', skip: 0 },
  'while it waits for its first report': { api: 'reporting', skip: 0 },
  'while it waits for a later report': { api: 'reporting', skip: 2 },
} as const;

const skip = process.platform === 'win32' && 'Windows ends a process that is killed without a word';

describe('a pull that is stopped', { concurrency: 3, skip }, () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    for (const [moment, when] of Object.entries(moments)) {
      test(`by ${signal}, ${moment}, ends with ${code} and keeps what was acknowledged`, async (t) => {
        const installation = await installWithSlices(t);
        const { appliance, archive, directory } = installation;
        appliance.faults.add({ type: 'stall' }, when);
        const run = start(['pull', '--json'], directory);
        await appliance.requests.nth(when.skip + 1, when);
        run.child.kill(signal);
        const ended = await run.ended;
        assert.equal(ended.code, code, ended.stderr);
        const document = JSON.parse(ended.stdout);
        assert.deepEqual([document.exit_code, document.error.code], [code, 'interrupted']);
        assert.match(ended.stderr, /what was acknowledged is kept/);
        const stored = await storedSessions(archive);
        assert.equal(stored.length, moment.includes('later') ? 2 : 0);
        const repaired = await assertRepaired(installation);
        assert.equal(repaired.sessions.delivered, 4 - stored.length);
        if (stored.length > 0) assert.equal(repaired.sessions.unchanged, 0, 'the ledger knows what was kept');
        await assertFlows(installation);
      });
    }
  }

  test('in the middle of a report keeps what had come', async (t) => {
    const installation = await installWithSlices(t);
    const { appliance, archive, directory } = installation;
    const halfSent = Promise.withResolvers<void>();
    appliance.faults.add(
      {
        type: 'hold',
        after: 0.9,
        until: () => {
          halfSent.resolve();
          return new Promise(() => {});
        },
      },
      { api: 'reporting' },
    );
    const run = start(['pull'], directory);
    await halfSent.promise;
    run.child.kill('SIGTERM');
    const ended = await run.ended;
    assert.deepEqual([ended.code, ended.stdout], [143, '']);
    await storedSessions(archive);
    await assertRepaired(installation);
    await assertFlows(installation);
  });

  test('twice ends at once', async (t) => {
    const installation = await installWithSlices(t);
    const { appliance, directory } = installation;
    appliance.faults.add({ type: 'stall' }, { api: 'token' });
    const run = start(['pull', '--quiet'], directory);
    await appliance.requests.nth(1, { api: 'token' });
    run.child.kill('SIGINT');
    run.child.kill('SIGINT');
    assert.equal((await run.ended).code, 130);
    await assertRepaired(installation);
  });
});

/** Four sessions, each in a slice of its own. */
async function installWithSlices(t: TestContext): Promise<Installation> {
  const installation = await install(t, { transfer: 'start = 15d' });
  const { appliance } = installation;
  const start = appliance.clock.seconds() - 15 * day;
  for (const days of [0.5, 2, 5, 12]) {
    const endTime = Math.floor(start + days * day);
    appliance.sessions.add({ startTime: endTime - 600, endTime });
  }
  return installation;
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

function start(parameters: readonly string[], cwd: string): Run {
  const child = spawn(executablePath, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { child, ended: ended.then(([[code], stdout, stderr]) => ({ code, stdout, stderr })) };
}
