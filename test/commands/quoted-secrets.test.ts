import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { sourceIn } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ends = `[destination.archive]
type = file-system
directory = archive
[transfer.t]
site = hq
destination = archive
data = sessions
start = 2d
`;

test('a secret that an answer quotes is in nothing that is printed or kept', async (t) => {
  await using appliance = await startAppliance();
  appliance.changeSecret('TOPSECRET-client-9f3a==');
  const { clientId, clientSecret } = appliance;
  const forms = [
    clientSecret,
    encodeURIComponent(clientSecret),
    Buffer.from(`${clientId}:${clientSecret}`).toString('base64'),
  ];
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}${ends}`, { mode: 0o600 });
  const ic = sourceIn(directory);

  // The second text puts the secret where a long message is cut.
  for (const text of [`refused ${forms.join(' ')}`, `${'x'.repeat(290)} ${clientSecret}`]) {
    appliance.faults.clear();
    appliance.faults.add({ type: 'error', text }, { report: 'SupportSession', times: 1000 });
    const pulled = await ic('pull', '--json');
    assert.match(pulled.stdout, /SupportSession report/, pulled.stderr);
    const status = await ic('status', '--json');
    const page = await ic('status', '--html', 'status.html');
    const said = [pulled, status, page].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    const names = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isFile());
    const kept = await Promise.all(
      names
        .filter(({ name }) => name !== 'ic.ini')
        .map(async ({ name }) => (await readFile(join(directory, name))).toString('latin1')),
    );
    assert.ok(kept.length >= 2, 'a page and a state');
    for (const place of [...said, ...kept]) {
      for (const form of [...forms, 'TOPSECRET']) assert.ok(!place.includes(form), place.slice(0, 4000));
    }
  }
});
