import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAppliance } from '../appliance/appliance.ts';
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
