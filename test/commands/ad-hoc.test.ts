import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { aSession } from '../appliance/specimens.ts';
import { sourceIn } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('a pull by name or for a period is not the transfer’s run: what is due and what fails stay so', async (t) => {
  await using appliance = await startAppliance();
  const now = appliance.clock.seconds();
  const { lsid } = appliance.sessions.add(aSession({ startTime: now - 7200, endTime: now - 3600 }));
  const directory = await temporaryDirectory(t);
  const sections =
    '[destination.a]\ntype = file-system\ndirectory = archive\n[transfer.t]\nsite = hq\ndestination = a\ndata = sessions\nevery = 7d\nstart = 1d\n';
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}\nretries = 0\n${sections}`);
  const ic = sourceIn(directory);
  const statusOf = async () => JSON.parse((await ic('status', '--json')).stdout).transfers[0];

  assert.equal((await ic('pull', 't', '--session', lsid)).code, 0);
  assert.equal((await statusOf()).status, 'never-ran');
  appliance.faults.add({ type: 'status', status: 500 }, { report: 'SupportSession', times: 2 });
  assert.equal((await ic('pull', '--due')).code, 69);
  const failing = await statusOf();
  assert.equal(failing.status, 'failed');
  appliance.faults.clear();
  assert.equal((await ic('pull', 't', '--since', '1d')).code, 0);
  assert.deepEqual(await statusOf(), failing);
  assert.equal((await ic('pull', '--due')).code, 0);
  assert.equal((await statusOf()).status, 'ok');
});

const sections = `retries = 0
[destination.archive]
type = file-system
directory = archive
[destination.rows]
type = sqlite
path = rows.db
[transfer.t]
site = hq
destination = archive
data = sessions
start = 1d
`;

async function install(t: TestContext, appliance: Appliance) {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}\n${sections}`);
  const ic = sourceIn(directory);
  return {
    directory,
    ic,
    json: async (...parameters: readonly string[]) => JSON.parse((await ic(...parameters, '--json')).stdout),
  };
}

test('a backup that is asked for ad hoc is taken, whatever period is named beside it', async (t) => {
  await using appliance = await startAppliance();
  const { json } = await install(t, appliance);
  const pulled = await json('pull', '--site', 'hq', '--to', 'archive', '--data', 'backups', '--since', '1d');
  assert.deepEqual([pulled.exit_code, pulled.transfers[0].kinds.backups.delivered], [0, 1]);
});

test('--data all of an ad-hoc pull is what the destination can hold', async (t) => {
  await using appliance = await startAppliance();
  const { json } = await install(t, appliance);
  const pulled = await json('pull', '--site', 'hq', '--to', 'rows', '--data', 'all', '--since', '1d');
  assert.equal(pulled.exit_code, 0);
  assert.deepEqual(Object.keys(pulled.transfers[0].kinds), ['sessions', 'presentations']);
});

test('what names nothing is a usage error, not a success that did nothing', async (t) => {
  await using appliance = await startAppliance();
  const { ic } = await install(t, appliance);
  for (const [parameters, message] of [
    [['--data', ''], /names no kind/],
    [['--data', ' , '], /names no kind/],
    [['--data', 'bogus,all'], /unknown kind/],
    [['--data', 'session-recording'], /Did you mean session-recordings\?/],
    [['--session', ''], /--session needs an LSID/],
  ] as const) {
    const ended = await ic('pull', ...parameters);
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, message);
  }
});

test('how long ago is by the appliance’s clock, and a period that lies ahead of it is told of', async (t) => {
  await using appliance = await startAppliance({ clock: { now: Date.now() - 3 * 3_600_000 } });
  const now = appliance.clock.seconds();
  appliance.sessions.add(aSession({ startTime: now - 7000, endTime: now - 3000 }));
  const { ic, json } = await install(t, appliance);
  assert.equal((await json('pull', '--since', '2h')).transfers[0].kinds.sessions.delivered, 1);
  const ahead = await ic('pull', '--since', '2099-01-01');
  assert.equal(ahead.code, 0);
  assert.match(ahead.stderr, /begins at 2099-01-01T00:00:00Z.*nothing to ask for/);
});

test('--fail-on-empty says nothing of transfers that were not due', async (t) => {
  await using appliance = await startAppliance();
  const { ic } = await install(t, appliance);
  assert.equal((await ic('pull', '--fail-on-empty')).code, 3);
  assert.equal((await ic('pull', '--due', '--fail-on-empty')).code, 0);
});

test('a dry run counts what a sweep would deliver', async (t) => {
  await using appliance = await startAppliance();
  const { json } = await install(t, appliance);
  const dryRun = async () => (await json('pull', '--dry-run')).transfers[0].kinds.sessions;
  const start = appliance.clock.seconds();
  appliance.sessions.add(aSession({ startTime: start - 7000, endTime: start - 3000 }));
  assert.equal((await dryRun()).delivered, 1);
  assert.equal((await json('pull')).transfers[0].kinds.sessions.delivered, 1);
  appliance.clock.advance(2 * 86_400_000);
  await json('pull');
  appliance.clock.advance(86_400_000);
  const now = appliance.clock.seconds();
  appliance.sessions.add(aSession({ startTime: now - 2.5 * 86_400, endTime: now - 2.4 * 86_400 }));
  assert.equal((await dryRun()).delivered, 1);
});
