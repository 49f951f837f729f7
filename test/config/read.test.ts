import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { type ConfigurationError, describeProblem } from '../../src/config/problem.ts';
import { readConfiguration } from '../../src/config/read.ts';
import { archive, env, problemsOf, readText, site, transfer } from '../support/configuration.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const inConfig = (path: string) => resolve('/etc/ic', path);

test('a short configuration has every default filled in', async () => {
  const configuration = await readText(site + archive + transfer, { env });
  assert.equal(configuration.file, inConfig('ic.ini'));
  assert.deepEqual(configuration.sites.get('hq'), {
    name: 'hq',
    host: 'support.example.com',
    hostName: 'support.example.com',
    credentials: { type: 'api-account', clientId: 'id', clientSecret: 's3cret-value' },
    backupPassword: null,
    caFile: null,
    proxy: null,
    insecureHttp: false,
    timeout: 60,
    concurrency: 4,
    requestsPerSecond: 5,
    bandwidthLimit: null,
    retries: 4,
    maxRecord: 256_000_000,
    reportingPath: '/api/reporting',
    commandPath: '/api/command',
    backupPath: '/api/backup',
    tokenPath: '/oauth2/token',
    emptyReportPattern: null,
    backupPasswordField: null,
    recordingQuery: new Map(),
  });
  assert.deepEqual(configuration.transfers.get('t'), {
    name: 't',
    site: 'hq',
    destination: 'archive',
    data: ['sessions'],
    start: { type: 'ago', seconds: 30 * 86_400 },
    every: 900,
    at: null,
    overlap: 3600,
    sweep: 7 * 86_400,
    settle: 60,
    abandonOpenAfter: 48 * 3600,
    forgetAbandonedAfter: 90 * 86_400,
    giveUpAfter: 14 * 86_400,
  });
  assert.deepEqual(configuration.state, { path: inConfig('ic-state.db') });
  assert.deepEqual(configuration.log, {
    file: inConfig('ic.log'),
    level: 'info',
    format: 'text',
    maxSize: 10_000_000,
    retentionDays: 30,
  });
  const on = new Set(['failure', 'recovery']);
  assert.deepEqual(configuration.notify, { on, mail: null, webhook: null, ping: null });
  assert.deepEqual(configuration.metrics, { textfile: null });
});

test('every key of a site is read', async () => {
  const configuration = await readText(`[site.hq]
host = support.example.com:8443          ; no scheme; host:port allowed
username = joe
password = "p ; q"
backup_password = b#b
ca_file = ca.pem
proxy = http://u:p%40ss@proxy.example.com:3128
insecure_http = OFF
timeout = 2m
concurrency = 8
requests_per_second = 0.5
bandwidth_limit = 2MB/s
retries = 0
reporting_path = /api/reporting.ns
command_path = /api/command.ns
backup_path = /api/backup.ns
token_path = /token
empty_report_pattern = nichts gefunden
backup_password_field = pw
recording_query.session-recordings = format=mp4&x=a%20b
`);
  const hq = configuration.sites.get('hq');
  assert.equal(hq?.hostName, 'support.example.com');
  assert.equal(hq.host, 'support.example.com:8443');
  assert.deepEqual(hq.credentials, { type: 'user-account', username: 'joe', password: 'p ; q' });
  assert.equal(hq.backupPassword, 'b#b');
  assert.equal(hq.caFile, inConfig('ca.pem'));
  assert.equal(hq.proxy, 'http://u:p%40ss@proxy.example.com:3128');
  assert.equal(hq.insecureHttp, false);
  assert.deepEqual(
    [hq.timeout, hq.concurrency, hq.requestsPerSecond, hq.bandwidthLimit, hq.retries],
    [120, 8, 0.5, 2e6, 0],
  );
  assert.deepEqual(
    [hq.reportingPath, hq.commandPath, hq.backupPath, hq.tokenPath],
    ['/api/reporting.ns', '/api/command.ns', '/api/backup.ns', '/token'],
  );
  assert.ok(hq.emptyReportPattern?.test('Es wurde NICHTS gefunden.'));
  assert.equal(hq.backupPasswordField, 'pw');
  assert.deepEqual(
    [...(hq.recordingQuery.get('session-recordings') ?? [])],
    [
      ['format', 'mp4'],
      ['x', 'a b'],
    ],
  );
});

test('a kind has its own keys, then those of its destination, then its defaults', async () => {
  const configuration = await readText(`[destination.archive]
type = file-system
directory = /srv/ic
file_name = %SITE%/%LSID%.%EXTENSION%
on_conflict = overwrite
format = flv
retention_count = 3
[destination.archive.sessions]
directory = sessions
[destination.archive.session-recordings]
file_name = %LSEQ%.%EXTENSION%
on_conflict = skip
format = mp4
`);
  const destination = configuration.destinations.get('archive');
  assert.ok(destination?.type === 'file-system');
  assert.deepEqual(destination.kinds.get('sessions'), {
    directory: inConfig('sessions'),
    fileName: '%SITE%/%LSID%.%EXTENSION%',
    onConflict: 'overwrite',
    format: null,
    retentionCount: null,
  });
  assert.deepEqual(destination.kinds.get('session-recordings'), {
    directory: resolve('/srv/ic'),
    fileName: '%LSEQ%.%EXTENSION%',
    onConflict: 'skip',
    format: 'mp4',
    retentionCount: null,
  });
  assert.equal(destination.kinds.get('command-shell-recordings')?.format, 'flv');
  // Backups have no LSID, so that the destination's file name cannot be theirs.
  assert.deepEqual(destination.kinds.get('backups'), {
    directory: resolve('/srv/ic'),
    fileName: '%SITE%-backup-%DATE%-%TIME%.%EXTENSION%',
    onConflict: 'overwrite',
    format: null,
    retentionCount: 3,
  });
});

test('default file names do not collide across kinds in one directory', async () => {
  const configuration = await readText(archive);
  const destination = configuration.destinations.get('archive');
  assert.ok(destination?.type === 'file-system');
  assert.equal(new Set([...destination.kinds.values()].map(({ fileName }) => fileName)).size, 7);
  assert.equal(
    destination.kinds.get('sessions')?.fileName,
    '%SUPPORT_SITE_HOST%-%SESSION_TYPE%-%LSID%.%EXTENSION%',
  );
});

test('databases and programs are read', async () => {
  const configuration = await readText(
    `[destination.warehouse]
type = sql-server
connection_string = Server=sql01;Database=BGInfo;User Id=ic;Password=\${env:SQL};Encrypt=true
store_system_information = yes
[destination.local]
type = SQLite
path = ic.db
[destination.helpdesk]
type = program
command = python3 push.py --to "x y"
url = https://helpdesk.example.com/#a
title = Session \${lsid} of \${env:TEAM}
empty =
`,
    { env: { SQL: 'a;b', TEAM: 'second line' } },
  );
  assert.deepEqual(configuration.destinations.get('warehouse'), {
    type: 'sql-server',
    name: 'warehouse',
    connectionString: 'Server=sql01;Database=BGInfo;User Id=ic;Password=a;b;Encrypt=true',
    storeSystemInformation: true,
  });
  assert.deepEqual(configuration.destinations.get('local'), {
    type: 'sqlite',
    name: 'local',
    path: inConfig('ic.db'),
    storeSystemInformation: false,
    sharing: { mode: null, group: null },
  });
  assert.deepEqual(configuration.destinations.get('helpdesk'), {
    type: 'program',
    name: 'helpdesk',
    command: 'python3 push.py --to "x y"',
    answerTimeout: 300,
    directory: inConfig('.'),
    workDirectory: inConfig('.'),
    secrets: ['a', 'second line', 'second%20line'],
    secretVariables: ['SQL', 'TEAM'],
    settings: new Map([
      ['url', 'https://helpdesk.example.com/#a'],
      ['title', 'Session ${lsid} of second line'],
      ['empty', ''],
    ]),
  });
});

test('"all" is every kind that the destination can hold', async () => {
  const ends = `${site}[destination.db]\ntype = sqlite\npath = ic.db
[destination.p]\ntype = program\ncommand = x
[destination.f]\ntype = file-system\n[destination.f.backups]\ndirectory = b
`;
  const of = (name: string) => `[transfer.${name}]\nsite = hq\ndestination = ${name}\ndata = All\n`;
  const { transfers } = await readText(ends + of('db') + of('p') + of('f'), { env });
  assert.deepEqual(transfers.get('db')?.data, ['sessions', 'presentations']);
  assert.equal(transfers.get('p')?.data.length, 7);
  assert.deepEqual(transfers.get('f')?.data, ['backups']);
});

test('kinds come in their usual order, each once', async () => {
  const text =
    site + archive + transfer.replace('sessions', 'backups, sessions ,, Sessions,session-recordings');
  const { transfers } = await readText(text, { env });
  assert.deepEqual(transfers.get('t')?.data, ['sessions', 'session-recordings', 'backups']);
});

test('notifications and metrics are read', async () => {
  const { notify, metrics } = await readText(`[notify]
on = success , Failure
[notify.mail]
server = mail.example.com
security = tls
username = u
password = p
from = ic <ic@example.com>
to = a@example.com, b@example.com
ca_file = ca.pem
[notify.webhook]
url = https://hooks.example.com/x
format = teams
[notify.ping]
url = https://hc-ping.com/abc
[metrics]
textfile = ic.prom
`);
  assert.deepEqual(notify, {
    on: new Set(['success', 'failure']),
    mail: {
      server: 'mail.example.com',
      port: 465,
      security: 'tls',
      username: 'u',
      password: 'p',
      from: 'ic <ic@example.com>',
      to: ['a@example.com', 'b@example.com'],
      caFile: inConfig('ca.pem'),
    },
    webhook: { url: 'https://hooks.example.com/x', format: 'teams' },
    ping: { url: 'https://hc-ping.com/abc' },
  });
  assert.equal(metrics.textfile, inConfig('ic.prom'));
});

test('sections that are there and say nothing switch nothing on', async () => {
  const { notify, metrics, log } = await readText(
    '[notify.mail]\nserver =\nport = 25\n[notify.webhook]\nurl =\n[notify.ping]\nurl =\n[metrics]\ntextfile =\n[log]\nfile =\nlevel =\n',
  );
  assert.deepEqual([notify.mail, notify.webhook, notify.ping, metrics.textfile], [null, null, null, null]);
  assert.equal(log.file, null);
  assert.equal(log.level, 'info');
});

test('a byte order mark and other line ends change nothing', async () => {
  const plain = await readText(site + archive + transfer, { env });
  const marked = await readText(`\ufeff${(site + archive + transfer).replaceAll('\n', '\r\n')}`, { env });
  assert.deepEqual(marked, plain);
});

test('paths are relative to the file, wherever ic runs', async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'conf'));
  await writeFile(join(directory, 'conf', 'ic.ini'), '[state]\npath = ../state/x.db\n[log]\nfile = logs/\n');
  const { state, log } = await readConfiguration(join(directory, 'conf', 'ic.ini'), { env: {} });
  assert.equal(state.path, join(directory, 'state', 'x.db'));
  assert.equal(log.file, join(directory, 'conf', 'logs'));
});

for (const [name, bytes, message] of [
  ['a file that is UTF-16', Buffer.from('\ufeff[state]', 'utf16le'), /UTF-16/],
  ['a file that is UTF-16 without a mark', Buffer.from('[state]', 'utf16le'), /UTF-16/],
  ['a file in Latin-1', Buffer.from('[state]\npath = Büro', 'latin1'), /not UTF-8/],
] as const) {
  test(`${name} is one clear problem`, async () => {
    const problems = await problemsOf(bytes);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? '', message);
    assert.match(problems[0]?.remedy ?? '', /UTF-8/);
  });
}

test('a file that does not exist, or is a directory, is a configuration error with a remedy', async (t) => {
  const directory = await temporaryDirectory(t);
  const isClear = (words: RegExp) => (error: ConfigurationError) => {
    assert.equal(error.exitCode, 78);
    assert.match(error.message, words);
    assert.match(error.hint ?? '', /ic init/);
    return true;
  };
  await assert.rejects(readConfiguration(join(directory, 'no.ini')), isClear(/no\.ini.*does not exist/));
  await assert.rejects(readConfiguration(directory), isClear(/is a directory/));
});

test('an error carries all problems, in the order of the file, for people and as JSON', async () => {
  const text =
    '[log]\nlevel = wran\n[site.hq]\nhost = https://support.example.com\nclient_secret = geheim\nfoo = 1\n';
  await assert.rejects(readText(text), (error: ConfigurationError) => {
    assert.equal(error.code, 'configuration');
    assert.deepEqual(
      error.problems.map(({ line }) => line),
      [2, 3, 4, 6],
    );
    assert.deepEqual(error.problems[0], {
      section: 'log',
      key: 'level',
      value: 'wran',
      line: 2,
      message: 'is not known here',
      remedy: 'Did you mean warn? Write error, warn, info, debug.',
      nearest: 'warn',
    });
    for (const problem of error.problems) assert.ok(error.message.includes(describeProblem(problem)));
    assert.deepEqual(error.toSummary().problems, error.problems);
    assert.doesNotMatch(JSON.stringify(error.toSummary()), /geheim/);
    return true;
  });
});

test('a single problem is one line, with its remedy as the hint', async () => {
  await assert.rejects(readText('[log]\nlevel = loud\n'), (error: ConfigurationError) => {
    assert.match(error.message, /^\S+ic\.ini: line 2, \[log\] level = loud: is not known here\.$/);
    assert.equal(error.hint, 'Write error, warn, info, debug.');
    return true;
  });
});
