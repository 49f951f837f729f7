import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfiguration } from '../../src/config/read.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { runSource, sourceCommand } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { hasTmux, startInTmux } from '../support/tmux.ts';

const isPosix = process.platform !== 'win32';

/** Flags for a simulated appliance and an archive of files, the secret being in a variable. */
function flagsFor(appliance: Appliance): readonly string[] {
  const site = ['--host', appliance.host, '--insecure-http', '--client-id', appliance.clientId];
  return [...site, '--client-secret-env', 'SECRET', '--directory', 'archive'];
}

const offlineFlags = [
  '--yes',
  '--offline',
  '--host',
  'support.example.com',
  '--client-id',
  'id',
  '--directory',
  '/srv/ic',
];

test('with --yes and flags, a configuration is written that check and pull accept', async (t) => {
  await using appliance = await startAppliance();
  appliance.sessions.add({
    startTime: appliance.clock.seconds() - 900,
    endTime: appliance.clock.seconds() - 600,
  });
  const directory = await temporaryDirectory(t);
  const parameters = ['init', '--yes', ...flagsFor(appliance), '--data', 'sessions', '--every', '30m'];
  const ended = await runSource(parameters, { cwd: directory, env: { SECRET: appliance.clientSecret } });
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /Wrote .*ic\.ini\.\nIts secrets are encrypted with .*ic\.key/);
  for (const next of [/ic check/, /ic pull/, /ic schedule \w+ --install/]) assert.match(ended.stdout, next);
  assert.deepEqual((await readdir(directory)).sort(), ['ic.ini', 'ic.key']);
  const text = await readFile(join(directory, 'ic.ini'), 'utf8');
  assert.ok(!text.includes(appliance.clientSecret));
  assert.match(text, /^# .*\n/);
  assert.match(text, /^every = 30m$/m);
  if (isPosix) assert.equal((await stat(join(directory, 'ic.ini'))).mode & 0o777, 0o600);
  const checked = await runSource(['check', '--json'], { cwd: directory });
  assert.equal(checked.code, 0, checked.stdout);
  const pulled = await runSource(['pull', '--json'], { cwd: directory });
  assert.equal(JSON.parse(pulled.stdout).transfers[0].kinds.sessions.delivered, 1);
  assert.equal((await readdir(join(directory, 'archive'))).filter((name) => name.endsWith('.xml')).length, 1);
});

test('what does not work is said, with the code of its failure, and nothing is written', async (t) => {
  await using appliance = await startAppliance();
  const directory = await temporaryDirectory(t);
  const flags = ['init', '--yes', ...flagsFor(appliance)];
  const refused = await runSource(flags, { cwd: directory, env: { SECRET: 'wrong-secret' } });
  assert.equal(refused.code, 77, refused.stderr);
  assert.match(refused.stderr, /Nothing was written: .*refused the API account[\s\S]*--offline/);
  assert.doesNotMatch(refused.stderr, /wrong-secret/);
  await writeFile(join(directory, 'file'), '');
  const unwritable = await runSource(
    [...flags, '--json'].map((flag) => (flag === 'archive' ? 'file/archive' : flag)),
    {
      cwd: directory,
      env: { SECRET: appliance.clientSecret },
    },
  );
  assert.equal(unwritable.code, 74, unwritable.stderr);
  assert.equal(JSON.parse(unwritable.stdout).error.code, 'io');
  assert.deepEqual(await readdir(directory), ['file']);
});

test('nothing is ever overwritten', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), 'mine');
  await writeFile(join(directory, 'secret'), 's');
  const flags = ['init', ...offlineFlags, '--client-secret-file', 'secret'];
  const ended = await runSource(flags, { cwd: directory });
  assert.equal(ended.code, 78);
  assert.match(ended.stderr, /ic\.ini is there already[\s\S]*--config OTHER/);
  assert.deepEqual((await readdir(directory)).sort(), ['ic.ini', 'secret']);
  assert.equal(await readFile(join(directory, 'ic.ini'), 'utf8'), 'mine');
  const other = await runSource([...flags, '-c', 'new/place/ic.ini', '--json'], { cwd: directory });
  const result = JSON.parse(other.stdout);
  assert.equal(result.file, join(directory, 'new', 'place', 'ic.ini'));
  assert.equal(result.key_source, join(directory, 'new', 'place', 'ic.key'));
  assert.equal(result.next[0], `ic check -c ${result.file}`);
});

test('a secret that is no UTF-8 text is refused, from a file or piped in', async (t) => {
  const directory = await temporaryDirectory(t);
  const input = Buffer.from('p\xe4ss', 'latin1');
  await writeFile(join(directory, 'secret'), input);
  for (const [file, named] of [
    ['secret', join(directory, 'secret')],
    ['-', 'Standard input'],
  ] as const) {
    const flags = [...offlineFlags, '--client-secret-file', file];
    const ended = await runSource(['init', ...flags], { cwd: directory, input });
    assert.equal(ended.code, 2);
    assert.ok(ended.stderr.includes(`${named} is not UTF-8 text`), ended.stderr);
  }
  assert.deepEqual(await readdir(directory), ['secret']);
});

test('every destination, account and mail server that flags can name is written as it is meant', async (t) => {
  const directory = await temporaryDirectory(t);
  const env = {
    S: ' a;b #"c"\'d\' ',
    CS: 'Server=sql01;Database=B;User Id=u;Password=p;Encrypt=true',
    M: 'mail-pass',
  };
  const common = ['init', '--yes', '--offline', '--host', 'https.example.com:8443'];
  const mail = [
    '--mail-server',
    'mx.example.com:2525',
    '--mail-security',
    'none',
    '--mail-from',
    'ic <ic@x.org>',
  ];
  const parameters = [...common, '--username', 'joe', '--password-env', 'S', '--connection-string-env', 'CS'];
  const login = ['--mail-to', 'a@x.org, b@x.org', '--mail-username', 'm', '--mail-password-env', 'M'];
  const first = await runSource([...parameters, ...mail, ...login], { cwd: directory, env });
  assert.equal(first.code, 0, first.stderr);
  const text = await readFile(join(directory, 'ic.ini'), 'utf8');
  for (const secret of Object.values(env)) assert.ok(!text.includes(secret));
  const written = await readConfiguration(join(directory, 'ic.ini'), { env: {} });
  assert.deepEqual(written.sites.get('https')?.credentials, {
    type: 'user-account',
    username: 'joe',
    password: env.S,
  });
  const database = written.destinations.get('database');
  assert.equal(database?.type === 'sql-server' && database.connectionString, env.CS);
  const { server, port, username, password, to } = written.notify.mail ?? assert.fail('no mail');
  assert.deepEqual(
    [server, port, username, password, to],
    ['mx.example.com', 2525, 'm', 'mail-pass', ['a@x.org', 'b@x.org']],
  );

  await mkdir(join(directory, 'second'));
  const references = [
    '--client-id',
    'id',
    '--client-secret-env',
    'S',
    '--sqlite',
    'data/ic.db',
    '--references',
  ];
  const second = await runSource([...common, ...references, '-c', 'second/ic.ini'], { cwd: directory, env });
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(await readdir(join(directory, 'second')), ['ic.ini']);
  assert.match(await readFile(join(directory, 'second', 'ic.ini'), 'utf8'), /^client_secret = \$\{env:S\}$/m);
  const { destinations } = await readConfiguration(join(directory, 'second', 'ic.ini'), { env });
  const sqlite = destinations.get('database');
  assert.equal(sqlite?.type === 'sqlite' && sqlite.path, join(directory, 'data', 'ic.db'));
});

test('without a terminal, what is missing or wrong is named, all of it', async (t) => {
  const directory = await temporaryDirectory(t);
  const run = (...flags: string[]) => runSource(['init', ...flags], { cwd: directory, env: { SECRET: 's' } });
  assert.match((await run()).stderr, /no terminal to ask on: give --yes/);
  const all = await run('--yes');
  assert.match(all.stderr, /--host; --client-id .*; --directory/);
  for (const [flags, message] of [
    [['--host', 'https://support.example.com/'], /Write support\.example\.com/],
    [['--data', 'sesions'], /Did you mean sessions/],
    [['--every', '5'], /has no unit/],
    [['--mail-server', 'mx.example.com'], /go together/],
    [['--directory', 'a', '--sqlite', 'b'], /One destination/],
    [['--client-secret-env', 'NOT_SET'], /NOT_SET is not set/],
    [['--client-secret-env', 'SECRET', '--client-secret-file', 'x'], /exclude each other/],
    [['--data', 'backups', '--sqlite', 'x.db'], /backups/],
  ] as const) {
    const present: readonly string[] = flags;
    const others = [
      '--host',
      'h.example.com',
      '--client-id',
      'id',
      '--client-secret-env',
      'SECRET',
      '--directory',
      'a',
    ];
    const rest = others.flatMap((flag, index) =>
      index % 2 === 0 && !present.includes(flag) && !(flag === '--directory' && present.includes('--sqlite'))
        ? [flag, others[index + 1] ?? '']
        : [],
    );
    const ended = await run('--yes', ...(present.includes('--data') ? [] : ['--offline']), ...rest, ...flags);
    assert.ok([2, 78].includes(ended.code ?? 0), `${flags.join(' ')}: ${ended.stderr}`);
    assert.match(ended.stderr, message);
  }
  assert.deepEqual(await readdir(directory), []);
});

async function initOnTerminal(t: TestContext, directory: string, flags = '') {
  const command = `cd '${directory}'; '${sourceCommand.join("' '")}' init ${flags}; echo done=$?`;
  const terminal = await startInTmux(t, ['sh', '-c', command]);
  const answer = async (question: string, text: string) => {
    await terminal.until((screen) => (screen.at(-1) ?? '').startsWith(question));
    await terminal.type(text);
  };
  return { ...terminal, answer };
}

test('on a terminal, each answer is tried at once, and can be corrected', {
  skip: !hasTmux && 'needs tmux',
  timeout: 120_000,
}, async (t) => {
  await using appliance = await startAppliance();
  const directory = await temporaryDirectory(t);
  const { answer, until } = await initOnTerminal(t, directory, '--insecure-http');
  await answer('Host name of the appliance:', 'https://nowhere');
  await answer('Host name of the appliance:', '127.0.0.1:1');
  await until((screen) => screen.some((line) => line.startsWith('FAIL') && line.includes('connection')));
  await answer('Host name of the appliance [127.0.0.1:1]', appliance.host);
  await answer('Client ID', appliance.clientId);
  await answer('Client secret (not shown)', 'a-wrong-secret');
  await until((screen) => screen.some((line) => line.startsWith('FAIL') && line.includes('refused')));
  await answer('Change the answers', '');
  await answer('Client ID', '');
  await answer('Client secret (not shown; empty: as before)', appliance.clientSecret);
  await answer('Where to put it', 'sqlite');
  await answer('Database file', './data.db');
  await answer('What to pull', 'session-recordings');
  await answer('What to pull', 'sessions');
  await answer('How often', '');
  await answer('How far back', '7d');
  await answer('Mail server', '127.0.0.1:1');
  await answer('How it is encrypted', 'none');
  await answer('User name', '');
  await answer('Mail comes from', 'ic@example.com');
  await answer('Mail goes to', 'it@example.com');
  await answer('Change the answers (c), try again (t), or go on anyway (g)?', 'g');
  const screen = await until((lines) => lines.includes('done=0'));
  const shown = screen.join('\n');
  assert.match(shown, /cannot hold session-recordings/);
  assert.ok(!shown.includes(appliance.clientSecret) && !shown.includes('a-wrong-secret'));
  assert.deepEqual((await readdir(directory)).sort(), ['ic.ini', 'ic.key']);
  const { sites, transfers, notify } = await readConfiguration(join(directory, 'ic.ini'), { env: {} });
  assert.equal([...sites.values()][0]?.host, appliance.host);
  assert.equal(notify.mail?.port, 1);
  assert.deepEqual(
    [...transfers.values()].map(({ data, start }) => [data, start]),
    [[['sessions'], { type: 'ago', seconds: 7 * 86_400 }]],
  );
  const checked = await runSource(['check', '--site', 'appliance'], { cwd: directory });
  assert.equal(checked.code, 0, checked.stdout);
});

test('on a terminal, a user account can be corrected, where it is asked for and later', {
  skip: !hasTmux && 'needs tmux',
  timeout: 120_000,
}, async (t) => {
  const users = [
    { username: 'joe', password: 'right-pass' },
    { username: 'ann', password: 'anns-pass' },
  ];
  await using appliance = await startAppliance({ users });
  const directory = await temporaryDirectory(t);
  const { answer, until } = await initOnTerminal(t, directory, '--insecure-http');
  const failed = (count: number) =>
    until((screen) => screen.filter((line) => /^FAIL .*refused/.test(line)).length === count);
  await answer('Host name of the appliance:', appliance.host);
  await answer('Client ID of the API account [empty: sign in as a user]', 'no-such-client');
  await answer('Client secret (not shown):', 'a-secret');
  await failed(1);
  await answer('Change the answers', 'c');
  await answer('Client ID [no-such-client; -: sign in as a user]', '-');
  await answer('User name:', 'joe');
  await answer('Password (not shown):', 'wrong-pass');
  await failed(2);
  await answer('Change the answers', 'c');
  await answer('Client ID of the API account [empty: sign in as a user]', '');
  await answer('User name [joe]', '');
  await answer('Password (not shown; empty: as before)', 'right-pass');
  await answer('Where to put it', 'sqlite');
  await answer('Database file', '');
  await answer('What to pull', '');
  await answer('How often', '');
  await until((screen) => (screen.at(-1) ?? '').startsWith('How far back'));
  appliance.users.shift();
  await answer('How far back', '');
  await failed(3);
  await answer('Change the answers', 'c');
  await answer('Client ID', '');
  await answer('User name [joe]', 'ann');
  await answer('Password (not shown; empty: as before)', 'anns-pass');
  await answer('What to pull [sessions]', '');
  await answer('How often', '');
  await answer('How far back', '');
  await answer('Mail server', '');
  await until((lines) => lines.includes('done=0'));
  const { sites } = await readConfiguration(join(directory, 'ic.ini'), { env: {} });
  assert.deepEqual([...sites.values()][0]?.credentials, {
    type: 'user-account',
    username: 'ann',
    password: 'anns-pass',
  });
});

test('Ctrl-C, and the end of the input, leave nothing behind', {
  skip: !hasTmux && 'needs tmux',
  timeout: 120_000,
}, async (t) => {
  for (const key of ['\u0003', '\u0004']) {
    const directory = await temporaryDirectory(t);
    const { answer, until } = await initOnTerminal(t, directory, '--offline');
    await answer('Host name of the appliance:', 'support.example.com');
    await answer('Client ID', 'id');
    await answer('Client secret', 'secret');
    await answer('Where to put it', '');
    await answer('Directory', key);
    await until((screen) => screen.includes('done=130'));
    assert.deepEqual(await readdir(directory), []);
  }
});
