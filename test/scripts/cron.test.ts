import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startReceiver } from '../notify/http-receiver.ts';
import { install } from '../support/installation.ts';
import { assertArchived } from '../support/oracle.ts';
import { runProgram } from '../support/program.ts';

/** cron begins when a minute does: two runs need two minutes at most, and some seconds. */
const patience = { timeout: 180_000 };

test('cron runs what is due, minute after minute', { skip: whyNot(), ...patience }, async (t) => {
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const waiting = [first, second];
  const monitor = await startReceiver(t, (request, response) => {
    response.end();
    if (request.path === '/ping') waiting.shift()?.resolve();
  });
  const { appliance, archive, ic } = await install(t, {
    transfer: 'every = 1m',
    more: `[notify.ping]\nurl = ${monitor.url}/ping`,
  });
  const add = () => {
    const now = appliance.clock.seconds();
    appliance.sessions.add({ startTime: now - 900, endTime: now - 300 });
  };
  await keepCrontab(t);
  await haveCron(t);
  add();
  const installed = await ic(['schedule', 'cron', '--install']);
  assert.equal(installed.code, 0, installed.stderr);

  await first.promise;
  await assertArchived(appliance, archive);
  add();
  await second.promise;
  await assertArchived(appliance, archive);

  assert.deepEqual(monitor.lines.slice(0, 4), Array(2).fill(['GET /ping/start', 'GET /ping']).flat());
  const starts = appliance.requests.all({ api: 'token' }).map(({ at }) => Math.floor(at / 60_000));
  assert.equal(new Set(starts).size, starts.length, 'one run in a minute');
  const log = await ic(['log', '--level', 'warn', '--quiet']);
  assert.equal(log.stdout, '', 'it had nothing to complain of');
});

/** Why cron cannot be tried on this machine; false when it can. */
function whyNot(): string | false {
  if (process.platform !== 'linux') return 'cron is Debian’s';
  if (process.getuid?.() !== 0) return 'only root starts cron';
  const isInstalled = spawnSync('sh', ['-c', 'command -v cron && command -v crontab']).status === 0;
  return isInstalled ? false : 'cron is not installed';
}

/** Whatever root's crontab holds, it holds again when the test is over. */
async function keepCrontab(t: TestContext): Promise<void> {
  const present = await runProgram('crontab', ['-l']);
  if (present.code !== 0) assert.match(present.stderr, /no crontab/i);
  t.after(async () => {
    const restored =
      present.code === 0
        ? await runProgram('crontab', ['-'], { input: present.stdout })
        : await runProgram('crontab', ['-r']);
    assert.ok(restored.code === 0 || /no crontab/i.test(restored.stderr), restored.stderr);
  });
}

/** Starts cron, which stays in the foreground and goes with the test, unless it runs already. */
async function haveCron(t: TestContext): Promise<void> {
  if (await isRunning()) return;
  const cron = spawn('cron', ['-f'], { stdio: 'ignore' });
  await once(cron, 'spawn');
  t.after(async () => {
    cron.kill();
    if (cron.exitCode === null && cron.signalCode === null) await once(cron, 'exit');
  });
}

/** cron keeps a lock on this file as long as it lives. */
async function isRunning(): Promise<boolean> {
  const file = join('/run', 'crond.pid');
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  return exists && (await runProgram('flock', ['--nonblock', file, 'true'])).code !== 0;
}
