import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { acquireLock, type Lock } from '../../src/platform/lock.ts';
import { transferLockName } from '../../src/state/lock.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { startCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const minute = 60;

interface Setup {
  readonly appliance: Appliance;
  /** Seconds that have passed, by this machine's clock and the appliance's. */
  wait(seconds: number): void;
  hold(): Promise<Lock>;
  ic(...line: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  status(): Promise<{ locked: number; locked_since: string | null }>;
  metrics(): Promise<string>;
  log(): Promise<string>;
}

async function setUp(t: TestContext): Promise<Setup> {
  const appliance = await startAppliance();
  t.after(() => appliance.close());
  const directory = await temporaryDirectory(t);
  const sections = `[destination.archive]
type = file-system
directory = archive
[transfer.t]
site = hq
destination = archive
data = sessions
start = 1d
every = 15m
[log]
file = ic.log
[metrics]
textfile = ic.prom`;
  await writeFile(join(directory, 'ic.ini'), siteSection(appliance, 'hq') + sections, { mode: 0o600 });
  let offset = 0;
  const clock = { ...systemClock, now: () => Date.now() + offset };
  const ic: Setup['ic'] = async (...line) => {
    const run = startCommand(line, directory, { clock });
    return { code: await run.ended, stdout: run.output.text, stderr: run.error.text };
  };
  return {
    appliance,
    ic,
    wait: (seconds) => {
      offset += seconds * 1000;
      appliance.clock.advance(seconds * 1000);
    },
    hold: async () => {
      const lock = await acquireLock(await transferLockName(join(directory, 'ic-state.db'), 't'));
      if (lock === null) throw new Error('somebody else holds it');
      t.after(() => lock.release());
      return lock;
    },
    status: async () => JSON.parse((await ic('status', '--json')).stdout).transfers[0],
    metrics: () => readFile(join(directory, 'ic.prom'), 'utf8'),
    log: () => readFile(join(directory, 'ic.log'), 'utf8'),
  };
}

const scheduled = ['pull', '--due', '--quiet'];

test('a transfer that another run holds is counted and logged each time, and is no failure at first', async (t) => {
  const { ic, hold, wait, status, log, metrics } = await setUp(t);
  assert.deepEqual([(await status()).locked, (await status()).locked_since], [0, null]);
  await hold();
  for (let run = 0; run < 3; run += 1) {
    assert.deepEqual(await ic(...scheduled), { code: 0, stdout: '', stderr: '' });
    wait(5 * minute);
  }
  const { locked, locked_since: since } = await status();
  assert.equal(locked, 3);
  assert.ok(since !== null);
  assert.equal((await log()).match(/locked: .* holds the transfer; found so \d times since/g)?.length, 3);
  assert.match(await metrics(), /^ic_transfer_locked_runs\{.*\} 3$/m);
});

test('run after run for longer than its every, it is a failure that says who holds it and what to do', async (t) => {
  const { ic, hold, wait, status, metrics, log } = await setUp(t);
  const lock = await hold();
  assert.equal((await ic(...scheduled)).code, 0);
  wait(16 * minute);
  const { code, stderr } = await ic(...scheduled);
  assert.equal(code, 3);
  assert.match(stderr, /Transfer t does not run: .* has held it since .* for longer than its every/);
  assert.match(stderr, /If it hangs, end/);
  if (process.platform === 'linux') assert.match(stderr, new RegExp(`process ${process.pid} has held it`));
  assert.match(await log(), /error.*Transfer t does not run/);
  assert.equal(JSON.parse((await ic('pull', '--due', '--json')).stdout).transfers[0].status, 'locked');
  await lock.release();
  assert.equal((await ic(...scheduled)).code, 0);
  assert.deepEqual([(await status()).locked, (await status()).locked_since], [0, null]);
  assert.match(await metrics(), /^ic_transfer_locked_runs\{.*\} 0$/m);
});

test('a run between two that found it locked begins the count anew', async (t) => {
  const { ic, hold, wait, status } = await setUp(t);
  const first = await hold();
  await ic(...scheduled);
  await first.release();
  assert.equal((await ic(...scheduled)).code, 0);
  wait(20 * minute);
  await hold();
  assert.equal((await ic(...scheduled)).code, 0);
  assert.equal((await status()).locked, 1);
});

test('without --due a transfer that is held ends the run with 75 at once, and is counted too', async (t) => {
  const { ic, hold, status } = await setUp(t);
  await hold();
  assert.equal((await ic('pull')).code, 75);
  assert.equal((await ic('pull', '--since', '1h')).code, 75);
  assert.equal((await status()).locked, 1, 'what is asked for by hand is none of its runs');
});

test('the log shows when a transfer begins to run, and a dry run as one', async (t) => {
  const { ic, log } = await setUp(t);
  assert.equal((await ic('pull', '--dry-run', '--quiet')).code, 0);
  assert.equal((await ic('pull', '--quiet')).code, 0);
  const begun = (await log()).split('\n').filter((line) => line.includes('| begins'));
  assert.equal(begun.length, 2);
  assert.match(begun[0] ?? '', / info +run=\S+ transfer=t \| begins a dry run: sessions from hq to archive$/);
  assert.match(begun[1] ?? '', / info +run=\S+ transfer=t \| begins: sessions from hq to archive$/);
});
