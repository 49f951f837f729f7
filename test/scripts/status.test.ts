import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executablePath } from '../../scripts/executable.ts';
import { hour, install } from '../support/installation.ts';
import { hasTmux, startInTmux } from '../support/tmux.ts';

test('a first pull that runs is shown as running, with its process, and is not kept from running', async (t) => {
  const { appliance, ic, json, pull } = await install(t);
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 2 * hour, endTime: now - hour });
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  appliance.before(
    () => {
      asked.resolve();
      return gate.promise;
    },
    { api: 'reporting' },
  );
  const first = pull();
  await asked.promise;
  const [running] = (await json(['status'])).document.transfers;
  assert.equal(running.status, 'running');
  if (process.platform === 'linux') assert.ok(running.running.pid > 0);
  const { stdout } = await ic(['status']);
  assert.match(stdout, /^t +running +sessions /m);
  assert.match(stdout, /running for .* delivered so far/);
  gate.resolve();
  assert.equal((await first).code, 0);
  const [done] = (await json(['status'])).document.transfers;
  assert.deepEqual([done.status, done.running], ['ok', null]);
});

test('what a pull said of its failure, ic status says again; a monitor gets its own exit codes', async (t) => {
  const { appliance, ic, pull } = await install(t);
  appliance.account.permissions.support = false;
  const { transfer } = await pull();
  const { stdout, code } = await ic(['status']);
  assert.equal(code, 0);
  for (const said of [transfer.error.message, transfer.error.hint]) assert.ok(stdout.includes(said), stdout);
  const critical = await ic(['status', '--format', 'nagios']);
  assert.equal(critical.code, 2);
  assert.match(critical.stdout, /^IC CRITICAL: [^\n|]*\| 't_age'=U;;;0 't_owed'=0;;;0\n$/);
  const unknown = await ic(['status', '--format', 'nagios', '-c', 'nosuch.ini']);
  assert.equal(unknown.code, 3);
  assert.match(unknown.stdout, /^IC UNKNOWN: .*\n$/);
});

test('on a terminal of 80 columns each transfer is a block of which nothing is cut', {
  skip: hasTmux ? false : 'tmux is not installed',
}, async (t) => {
  const transfer = 'data = sessions, show-my-screen-recordings, presentation-recordings';
  const { appliance, ini, pull } = await install(t, { transfer });
  appliance.account.permissions.support = false;
  await pull();
  const terminal = await startInTmux(t, [executablePath, 'status', '-c', ini]);
  const lines = await terminal.until((screen) => screen.some((line) => /needs? a look|fails/.test(line)));
  assert.match(lines.join('\n'), /^t {2}failed {2}hq → archive$/m);
  for (const kind of ['sessions', 'show-my-screen-recordings', 'presentation-recordings'])
    assert.ok(
      lines.some((line) => line.trimStart().startsWith(`${kind} `)),
      lines.join('\n'),
    );
  assert.ok(!lines.some((line) => line.includes('…')), lines.join('\n'));
});
