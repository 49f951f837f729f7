import assert from 'node:assert/strict';
import { readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { seedSessions } from '../appliance/seed.ts';
import { sourceIn } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ic = (directory: string, ...parameters: readonly string[]) => sourceIn(directory)(...parameters);

const destinations = `[destination.archive]
type = file-system
directory = archive
[destination.database]
type = sqlite
path = sessions.db
[transfer.files]
site = hq
destination = archive
data = sessions
start = 2d
[transfer.rows]
site = hq
destination = database
data = sessions
start = 2d
`;

test('what is missing or damaged is named, owed again, and mended by the next pull', async (t) => {
  await using appliance = await startAppliance();
  const now = appliance.clock.seconds();
  const sessions = seedSessions({
    seed: 9,
    count: 20,
    from: now - 86_400,
    to: now - 7200,
    open: 0,
    abnormal: 0,
  });
  appliance.sessions.addAll(sessions);
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}${destinations}`, {
    mode: 0o600,
  });
  assert.equal((await ic(directory, 'pull', '--quiet')).code, 0);
  assert.equal((await ic(directory, 'verify', '--quiet')).code, 0);

  const archive = join(directory, 'archive');
  const [missing = '', cut = ''] = (await readdir(archive)).filter((name) => name.endsWith('.xml'));
  await rm(join(archive, missing));
  await truncate(join(archive, cut), 100);
  const lsid = sessions[0]?.lsid ?? '';
  const database = new DatabaseSync(join(directory, 'sessions.db'));
  database.exec('PRAGMA foreign_keys = ON');
  database.prepare('DELETE FROM session WHERE lsid = ?').run(lsid);
  const thinned = sessions[1]?.lsid ?? '';
  const events = 'DELETE FROM session_event WHERE session_id = (SELECT id FROM session WHERE lsid = ?)';
  database.prepare(events).run(thinned);
  database.close();

  const found = await ic(directory, 'verify', '--json', '--repair');
  assert.equal(found.code, 74);
  const report = JSON.parse(found.stdout);
  const problems = report.destinations.flatMap(
    (destination: { problems: { kind: string; path: string }[] }) =>
      destination.problems.map(({ kind, path }) => `${kind} ${path}`),
  );
  assert.deepEqual(
    problems.sort(),
    [
      `missing ${join(archive, missing)}`,
      `missing session ${lsid} of 127.0.0.1`,
      `altered session ${thinned} of 127.0.0.1`,
      `truncated ${join(archive, cut)}`,
    ].sort(),
  );

  assert.equal((await ic(directory, 'pull', '--quiet')).code, 0);
  const after = await ic(directory, 'verify', '--json');
  assert.equal(after.code, 0, after.stdout);
  assert.equal(
    (await readdir(archive)).filter((name) => name.endsWith('.xml')).length,
    20,
    'nothing is there twice',
  );
});

test('a database is sealed after a change that was intended, and it is said how much', async (t) => {
  await using appliance = await startAppliance();
  const now = appliance.clock.seconds();
  for (const lsid of ['a1', 'a2', 'a3'])
    appliance.sessions.add({ lsid, startTime: now - 7200, endTime: now - 3600 });
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}${destinations}`, {
    mode: 0o600,
  });
  assert.equal((await ic(directory, 'pull', 'rows', '--quiet')).code, 0);
  const change = (sql: string) => {
    const database = new DatabaseSync(join(directory, 'sessions.db'));
    database.exec(sql);
    database.close();
  };
  change("UPDATE session SET external_key = 'erased' WHERE lsid = 'a2'");
  change("UPDATE ic_delivery SET rows_digest = NULL WHERE lsid = 'a1'");
  assert.equal((await ic(directory, 'verify', 'database')).code, 74);

  const sealed = await ic(directory, 'verify', 'database', '--seal', '--json');
  assert.equal(sealed.code, 0, sealed.stdout);
  const [report] = JSON.parse(sealed.stdout).destinations;
  assert.deepEqual(
    [report.files, report.unsealed, report.sealed],
    [3, 0, { completed: 1, changed: 1, removed: 0, total: 2 }],
  );
  assert.equal((await ic(directory, 'verify', 'database')).code, 0);
  const again = await ic(directory, 'verify', 'database', '--seal');
  assert.match(again.stdout, /0 records sealed/);
  change('UPDATE ic_delivery SET rows_digest = NULL');
  assert.match((await ic(directory, 'verify', 'database')).stdout, /of 3 records .* --seal/);
  assert.equal((await ic(directory, 'verify', '--seal', '--repair')).code, 2);
});

test('what could not be looked at is never said to be in order', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'rows.db'), 'no database'.repeat(1000));
  await writeFile(
    join(directory, 'ic.ini'),
    '[destination.rows]\ntype = sqlite\npath = rows.db\n[destination.files]\ntype = file-system\ndirectory = gone\n',
  );
  const told = await ic(directory, 'verify');
  assert.equal(told.code, 74);
  assert.match(told.stderr, /rows\.db.*\n {2}\S/, 'with a hint');
  assert.match(told.stderr, /gone is not there.*\n {2}\S/, 'with a hint');
  assert.equal(
    told.stdout,
    'rows: could not be verified.\nfiles: could not be verified.\n2 of 2 destinations could not be verified.\n',
  );
  const { destinations, error } = JSON.parse((await ic(directory, 'verify', '--json')).stdout);
  assert.equal(error.code, 'io');
  assert.partialDeepStrictEqual(destinations, [
    { name: 'rows', files: 0, problems: [{ kind: 'unreadable', path: 'rows' }] },
    { name: 'files', files: 0, problems: [{ kind: 'unreadable', path: 'files' }] },
  ]);
});

test('a program cannot be verified, an unknown destination is refused by name', async (t) => {
  const directory = await temporaryDirectory(t);
  const site = '[site.hq]\nhost = support.example.com\nclient_id = a\nclient_secret = b\n';
  await writeFile(
    join(directory, 'ic.ini'),
    `${site}[destination.helpdesk]\ntype = program\ncommand = true\n`,
  );
  const program = await ic(directory, 'verify', 'helpdesk');
  assert.equal(program.code, 2);
  assert.match(program.stderr, /helpdesk is a program/);
  const unknown = await ic(directory, 'verify', 'helpdsk');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Is helpdesk meant/);
});

test('of thousands of problems of one kind the first are shown, and how many more there are', async (t) => {
  await using appliance = await startAppliance();
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 900, endTime: now - 600 });
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}${destinations}`);
  assert.equal((await ic(directory, 'pull', 'files', '--quiet')).code, 0);
  const well = await ic(directory, 'verify', 'archive');
  assert.match(well.stdout, /\nEverything is in order\.\n$/);

  const archive = join(directory, 'archive');
  const [delivered = ''] = (await readdir(archive)).filter((name) => name.endsWith('.xml'));
  await rm(join(archive, delivered));
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => writeFile(join(archive, `stray-${index}.xml`), '')),
  );
  const { code, stdout } = await ic(directory, 'verify', 'archive');
  assert.equal(code, 74);
  assert.match(stdout, /^archive: and 30 problems more of the kind "unknown"; --json has all\.$/m);
  assert.match(stdout, /^archive +missing .*It is not there\.$/m);
  assert.match(stdout, /\n51 problems in archive\.\n$/);
  assert.equal(stdout.match(/stray-/g)?.length, 20);
  const { destinations: all } = JSON.parse((await ic(directory, 'verify', 'archive', '--json')).stdout);
  assert.equal(all[0].problems.length, 51);
});
