import assert from 'node:assert/strict';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { seedSessions } from '../appliance/seed.ts';
import { sourceIn } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const destinations = {
  archive: 'type = file-system\ndirectory = disk',
  database: 'type = sqlite\npath = disk/sessions.db',
};

for (const [name, section] of Object.entries(destinations)) {
  test(`a pull does not begin a new ${name} where the old one is not to be found`, async (t) => {
    await using appliance = await startAppliance();
    const now = appliance.clock.seconds();
    const seeded = seedSessions({
      seed: 5,
      count: 12,
      from: now - 86_400,
      to: now - 7200,
      open: 0,
      abnormal: 0,
    });
    appliance.sessions.addAll(seeded);
    const directory = await temporaryDirectory(t);
    const transfer = `[transfer.t]\nsite = hq\ndestination = ${name}\ndata = sessions\nstart = 2d\n`;
    const configuration = `${siteSection(appliance, 'hq')}\n[destination.${name}]\n${section}\n${transfer}`;
    await writeFile(join(directory, 'ic.ini'), configuration);
    const ic = sourceIn(directory);
    const disk = join(directory, 'disk');

    const first = await ic('pull');
    assert.deepEqual([first.code, first.stderr], [0, ''], 'nothing was there before, and nothing was lost');
    const sound = await ic('check');
    assert.equal(sound.code, 0);
    assert.doesNotMatch(sound.stdout, /does not record/);
    await rename(disk, `${disk}-not-mounted`);
    assert.match((await ic('check')).stdout, /does not record how far transfer t has come/);
    const lost = await ic('pull');
    assert.equal(lost.code, 74);
    assert.match(
      lost.stderr,
      new RegExp(`${name} holds no record of sessions, of which transfer t delivered 12`),
    );
    assert.match(lost.stderr, /Mount its disk.*ic state forget t/s);
    assert.equal((await ic('pull', '--since', '2d')).code, 74);
    const emptied = await ic('verify');
    assert.equal(emptied.code, 74);
    assert.match(emptied.stdout, /could not be verified/);
    assert.match(emptied.stderr, /disk/, 'the pull has made nothing where the disk is missing');
    await mkdir(disk);
    assert.equal((await ic('pull')).code, 74, 'nor below an empty mount point');
    assert.deepEqual(await readdir(disk), []);
    await rm(disk, { recursive: true });

    await rename(`${disk}-not-mounted`, disk);
    const again = await ic('pull', '--json');
    assert.equal(again.code, 0);
    assert.equal(JSON.parse(again.stdout).transfers[0].kinds.sessions.delivered, 0);

    await rm(disk, { recursive: true });
    assert.equal((await ic('state', 'forget', 't')).code, 0);
    const anew = await ic('pull', '--json');
    assert.equal(anew.code, 0);
    assert.equal(JSON.parse(anew.stdout).transfers[0].kinds.sessions.delivered, 12);
    assert.notEqual((await readdir(disk)).length, 0);
  });
}
