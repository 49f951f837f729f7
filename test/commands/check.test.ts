import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { sourceIn } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ic = (directory: string, ...parameters: readonly string[]) => sourceIn(directory)(...parameters);

const ends = `[destination.archive]
type = file-system
directory = archive
[destination.database]
type = sqlite
path = sessions.db
[destination.fresh]
type = sqlite
path = fresh.db
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
[transfer.later]
site = hq
destination = fresh
data = sessions
start = 2d
`;

test('its JSON has checks also when the command line names what there is not', async (t) => {
  const directory = await temporaryDirectory(t);
  const site = '[site.hq]\nhost = support.example.com\nclient_id = id\nclient_secret = s\n';
  await writeFile(join(directory, 'ic.ini'), `${site}${ends}`);
  const { code, stdout } = await ic(directory, 'check', '--site', 'nosuch', '--json');
  const { checks, error } = JSON.parse(stdout);
  assert.deepEqual([code, checks, error.code], [2, [], 'usage']);
});

test('a state that was lost is told of, with where the next pull takes it from', async (t) => {
  await using appliance = await startAppliance();
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 7200, endTime: now - 3600 });
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), `${siteSection(appliance, 'hq')}${ends}`, { mode: 0o600 });
  assert.deepEqual(await rebuilt(directory), [], 'before the first pull');
  assert.equal((await ic(directory, 'pull', '--quiet', 'files', 'rows')).code, 0);
  assert.deepEqual(await rebuilt(directory), [], 'while the state is there');
  for (const name of await readdir(directory))
    if (name.startsWith('ic-state.db')) await rm(join(directory, name), { recursive: true });
  const found = await rebuilt(directory);
  assert.equal(found.length, 2, found.join('\n'));
  assert.match(found[0] ?? '', /transfer files.*archive.*sessions until 20.*next pull rebuilds/);
  assert.match(found[1] ?? '', /transfer rows.*database/);
});

test('a state that cannot be written is found before a pull needs it', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const settings = `[site.hq]\nhost = support.example.com\nclient_id = id\nclient_secret = s\n${ends}`;
  // Not even root can make a file there.
  await writeFile(join(directory, 'ic.ini'), `${settings}[state]\npath = /sys/ic-state.db\n`, {
    mode: 0o600,
  });
  const { code, stdout } = await ic(directory, 'check', '--offline', '--json');
  const states = JSON.parse(stdout).checks.filter(({ subject }: { subject: string }) => subject === 'state');
  assert.equal(code, 74, stdout);
  assert.match(states.at(-1).message, /Cannot write \/sys\/ic-state\.db/);
  assert.deepEqual([states.at(-1).ok, states.at(-1).hint.includes('/sys')], [false, true]);
});

test('--offline finds every connection string that cannot be used, with every problem of it', async (t) => {
  const directory = await temporaryDirectory(t);
  const strings = {
    good: 'Server=sql01;Database=x;User Id=a;Password=SECRET',
    bare: 'Server=sql01:99;Integrated Security=SSPI;Colour=red;Encrypt=maybe',
    open: 'Server=sql01,99999;User Id=a;Password="SEC;RET=1;Database=x',
  };
  const sections = Object.entries(strings).map(
    ([name, text]) => `[destination.${name}]\ntype = sql-server\nconnection_string = ${text}\n`,
  );
  await writeFile(join(directory, 'ic.ini'), sections.join(''), { mode: 0o600 });
  const { code, stdout, stderr } = await ic(directory, 'check', '--offline', '--json');
  assert.equal(code, 78, stdout);
  assert.doesNotMatch(stdout + stderr, /SEC|RET/);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean; message: string }[] };
  const failed = new Map(checks.filter(({ ok }) => !ok).map(({ name, message }) => [name, message]));
  assert.deepEqual([...failed.keys()], ['bare', 'open']);
  for (const part of [/comma/, /Integrated Security/, /Colour/, /Encrypt/, /Password is/, /Database is/])
    assert.match(failed.get('bare') ?? '', part);
  assert.match(failed.get('open') ?? '', /Password begins with a quote/);
  assert.match(failed.get('open') ?? '', /a port that is none/);
  assert.doesNotMatch(failed.get('open') ?? '', /missing/, 'what comes after the quote may say it');
});

async function rebuilt(directory: string): Promise<readonly string[]> {
  const { code, stdout } = await ic(directory, 'check', '--json');
  assert.equal(code, 0, stdout);
  const { checks } = JSON.parse(stdout) as { checks: { subject: string; message: string }[] };
  return checks
    .filter(({ subject, message }) => subject === 'state' && message.startsWith('knows nothing'))
    .map(({ message }) => message);
}

test('a log and a textfile that no run could write are failures, and a check makes no log', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'ic.ini');
  const check = async (log: string, textfile: string) => {
    await writeFile(file, `[log]\nfile = ${log}\n[metrics]\ntextfile = ${textfile}\n`, { mode: 0o600 });
    const { code, stdout } = await ic(directory, 'check', '--offline', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { subject: string; ok: boolean; message: string }[] };
    return { code, checks: checks.filter(({ subject }) => subject === 'log' || subject === 'metrics') };
  };
  const sound = await check('logs/ic.log', 'ic.prom');
  assert.deepEqual([sound.code, sound.checks.map(({ ok }) => ok)], [0, [true, true]]);
  assert.deepEqual(await readdir(directory), ['ic.ini'], 'nothing is left behind');
  await writeFile(join(directory, 'ic.log'), 'a line\n');
  await mkdir(join(directory, 'taken.log'));
  assert.equal((await check('ic.log', 'ic.prom')).code, 0);
  assert.equal(await readFile(join(directory, 'ic.log'), 'utf8'), 'a line\n');
  const broken = await check('taken.log', 'nowhere/ic.prom');
  assert.deepEqual([broken.code, broken.checks.map(({ ok }) => ok)], [74, [false, false]]);
  assert.match(broken.checks[0]?.message ?? '', /taken\.log/);
  assert.match(broken.checks[1]?.message ?? '', /nowhere.ic\.prom/);
});
