import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { type Appliance, startAppliance } from '../test/appliance/appliance.ts';
import { siteSection } from '../test/appliance/ini.ts';
import { seedSessions } from '../test/appliance/seed.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = join(root, 'demo');
const day = 86_400;

/** The main job from end to end: a simulated appliance, into files and a database, as a person would do it. */
async function demo(): Promise<void> {
  await using appliance = await startAppliance();
  const now = appliance.clock.seconds();
  appliance.sessions.addAll(
    seedSessions({ seed: 20_261_122, count: 60, from: now - 6 * day, to: now - 600, open: 8, recorded: 0 }),
  );
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const configuration = join(directory, 'ic.ini');
  await writeFile(configuration, configurationFor(appliance), { mode: 0o600 });
  say(`A simulated appliance listens at ${appliance.url} and has ${appliance.sessions.size} sessions.`);
  say(`The configuration is ${relative(root, configuration)}.`);

  await ic('check', 'Check the configuration, the site and the destinations:');
  await ic('pull', 'The first pull takes everything that has ended:');
  await ic('pull', 'A second one finds nothing new:');
  say(`Now ${closeSome(appliance)} of the open sessions close, and ten minutes go by at the appliance.`);
  await ic('pull', 'A third pull delivers just those:');
  await ic('status', 'What has been done, and when it is due again:');
  reportFrom(join(directory, 'sessions.db'));
  say(
    `Look at the archive in ${relative(root, join(directory, 'archive'))}, and at the database ${relative(root, join(directory, 'sessions.db'))}.`,
  );
}

function configurationFor(appliance: Appliance): string {
  return `; Written by npm run demo.
${siteSection(appliance, 'hq')}
[destination.archive]
type = file-system
directory = archive

[destination.database]
type = sqlite
path = sessions.db

[transfer.hq-to-archive]
site = hq
destination = archive
data = sessions
start = 30d

[transfer.hq-to-database]
site = hq
destination = database
data = sessions
start = 30d
`;
}

function closeSome(appliance: Appliance): number {
  const open = appliance.sessions
    .open()
    .filter((session) => session.startTime > appliance.clock.seconds() - 2 * day);
  const closing = open.slice(0, 3);
  for (const session of closing) appliance.sessions.close(session.lsid, appliance.clock.seconds());
  appliance.clock.advance(600_000);
  return closing.length;
}

async function ic(command: string, caption: string): Promise<void> {
  say(caption);
  process.stdout.write(`\n$ ic ${command}\n`);
  const child = spawn(process.execPath, [join(root, 'bin', 'ic.mjs'), command], {
    cwd: directory,
    stdio: 'inherit',
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`ic ${command} ended with exit code ${code}`);
}

/** A small report, as anybody may write it against the tables. */
function reportFrom(path: string): void {
  using database = new DatabaseSync(path, { readOnly: true });
  say('Sessions per day, from the database:');
  print(
    database,
    `SELECT date(start_time) AS day, count(*) AS sessions, count(end_time) AS ended FROM session GROUP BY day ORDER BY day`,
  );
  say('Sessions per representative:');
  print(
    database,
    `SELECT coalesce(display_name, user_name) AS representative, count(DISTINCT session_id) AS sessions, sum(duration) AS seconds
     FROM representative GROUP BY representative ORDER BY sessions DESC, representative LIMIT 8`,
  );
}

function print(database: DatabaseSync, sql: string): void {
  const rows = database.prepare(sql).all();
  const headings = Object.keys(rows[0] ?? {});
  const lines = [headings, ...rows.map((row) => headings.map((heading) => String(row[heading] ?? '')))];
  for (const line of lines) {
    process.stdout.write(
      `  ${line.map((cell, index) => (index === 0 ? cell.padEnd(24) : cell.padStart(10))).join(' ')}\n`,
    );
  }
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

await demo();
