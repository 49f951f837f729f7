import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { media } from '../appliance/media.ts';
import { aSession } from '../appliance/specimens.ts';
import { sourceIn } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('a recording that had expired is told once, and stays in the status', async (t) => {
  await using appliance = await startAppliance();
  const now = appliance.clock.seconds();
  appliance.sessions.add(aSession({ startTime: now - 7200, endTime: now - 3600, recording: media() }));
  appliance.recordings.configure({ state: 'expired' });
  const directory = await temporaryDirectory(t);
  const sections =
    '[destination.a]\ntype = file-system\ndirectory = archive\n[transfer.t]\nsite = hq\ndestination = a\ndata = session-recordings\nstart = 1d\n';
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}\n${sections}`);
  const ic = sourceIn(directory);

  assert.equal((await ic('pull')).code, 3);
  assert.equal((await ic('pull')).code, 0);
  const [{ kinds }] = JSON.parse((await ic('status', '--json')).stdout).transfers;
  assert.equal(kinds['session-recordings'].owed, 0);
  assert.equal(kinds['session-recordings'].unobtainable, 1);
  assert.match((await ic('status')).stdout, / owed +lost +open .*\n.* 0 +1 +0 /);
});
