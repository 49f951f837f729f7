import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archive, env, problemsOf, site, transfer } from '../support/configuration.ts';

interface Expected {
  readonly section: string;
  readonly key?: string | null;
  readonly value?: string | null;
  readonly message?: RegExp;
  readonly remedy?: RegExp;
  readonly nearest?: string | null;
}

const local = '[destination.local]\ntype = sqlite\npath = ic.db\n';
const warehouse = '[destination.wh]\ntype = sql-server\nconnection_string = Server=a;Password=b\n';
const all = site + archive + transfer;
const ofSite = (line: string) => `${site}${line}\n`;
const ofTransfer = (line: string) => `${site}${archive}${transfer}${line}\n`;
const ofSessions = (line: string) => `${archive}[destination.archive.sessions]\n${line}\n`;

/** A configuration with one fault each, and what is to be said of it. */
const faults: readonly (readonly [name: string, text: string, expected: Expected])[] = [
  [
    'an unknown key',
    ofSite('tiemout = 5s'),
    { section: 'site.hq', key: 'tiemout', value: null, nearest: 'timeout' },
  ],
  [
    'a key in another case',
    ofSite('Timeout = 5s'),
    { section: 'site.hq', key: 'Timeout', nearest: 'timeout' },
  ],
  [
    'a key like no other',
    ofSite('xyzzy = 5s'),
    { section: 'site.hq', nearest: null, remedy: /Keys are host, / },
  ],
  [
    'a query for an unknown kind',
    ofSite('recording_query.screen-recordings = a=b'),
    { section: 'site.hq', nearest: 'recording_query.session-recordings' },
  ],
  ['an unknown section', '[sate]', { section: 'sate', nearest: 'state' }],
  ['an unknown family of sections', '[sites.hq]', { section: 'sites.hq', nearest: 'site.hq' }],
  ['an unknown notification', '[notify.male]', { section: 'notify.male', nearest: 'notify.mail' }],
  ['a section like no other', '[xyzzy]', { section: 'xyzzy', nearest: null, remedy: /\[transfer\.NAME\]/ }],
  ['a site without a name', '[site]', { section: 'site', message: /no name/ }],
  ['a name with a blank', '[transfer.a b]', { section: 'transfer.a b', remedy: /letters/ }],
  ['a name with a period', '[transfer.a.b]', { section: 'transfer.a.b', message: /period/ }],
  [
    'a section for an unknown kind',
    `${archive}[destination.archive.sesions]`,
    { section: 'destination.archive.sesions', nearest: 'destination.archive.sessions' },
  ],
  [
    'a kind of a missing destination',
    `${archive}[destination.arkive.sessions]`,
    { section: 'destination.arkive.sessions', nearest: 'archive' },
  ],
  [
    'a kind of a database',
    `${local}[destination.local.sessions]`,
    { section: 'destination.local.sessions', message: /sqlite/ },
  ],
  [
    'a missing host',
    '[site.hq]\nusername = u\npassword = p',
    { section: 'site.hq', key: 'host', value: null, message: /missing/ },
  ],
  [
    'a host with a scheme',
    all.replace('support.ex', 'https://support.ex'),
    {
      section: 'site.hq',
      key: 'host',
      value: 'https://support.example.com',
      remedy: /Write support\.example\.com,/,
      nearest: 'support.example.com',
    },
  ],
  [
    'a host with a path',
    all.replace('.com', '.com/login'),
    { section: 'site.hq', key: 'host', nearest: 'support.example.com' },
  ],
  [
    'a host with a port that is none',
    all.replace('.com', '.com:99999'),
    { section: 'site.hq', key: 'host', message: /port/ },
  ],
  ['a host with a blank', all.replace('.ex', ' ex'), { section: 'site.hq', key: 'host' }],
  [
    'an IPv6 address without brackets',
    all.replace('support.example.com', '2001:db8::1'),
    { section: 'site.hq', key: 'host', nearest: '[2001:db8::1]' },
  ],
  [
    'no credentials',
    '[site.hq]\nhost = a',
    { section: 'site.hq', key: 'client_id', message: /no credentials/ },
  ],
  [
    'both kinds of credentials',
    ofSite('username = u\npassword = p'),
    { section: 'site.hq', key: 'username', value: null },
  ],
  [
    'a client_id alone',
    '[site.hq]\nhost = a\nclient_id = b',
    { section: 'site.hq', key: 'client_secret', message: /client_id needs it/ },
  ],
  [
    'a password alone',
    '[site.hq]\nhost = a\npassword = b',
    { section: 'site.hq', key: 'username', message: /password needs it/ },
  ],
  [
    'plain HTTP to another machine',
    ofSite('insecure_http = true'),
    { section: 'site.hq', key: 'insecure_http', value: 'true', message: /unencrypted/ },
  ],
  [
    'a boolean that is none',
    ofSite('insecure_http = 2'),
    { section: 'site.hq', key: 'insecure_http', value: '2' },
  ],
  [
    'a duration without a unit',
    ofSite('timeout = 15'),
    { section: 'site.hq', key: 'timeout', remedy: /15s, 15m/ },
  ],
  ['a duration in words', ofSite('timeout = 15 min'), { section: 'site.hq', key: 'timeout', nearest: '15m' }],
  ['a duration with a fraction', ofSite('timeout = 1.5m'), { section: 'site.hq', key: 'timeout' }],
  [
    'no silence at all',
    ofSite('timeout = 0'),
    { section: 'site.hq', key: 'timeout', message: /shorter than 1s/ },
  ],
  ['a number that is none', ofSite('concurrency = lots'), { section: 'site.hq', key: 'concurrency' }],
  [
    'a number too small',
    ofSite('concurrency = 0'),
    { section: 'site.hq', key: 'concurrency', message: /less than 1/ },
  ],
  ['a number below zero', ofSite('retries = -1'), { section: 'site.hq', key: 'retries' }],
  [
    'a rate without a unit',
    ofSite('bandwidth_limit = 2'),
    { section: 'site.hq', key: 'bandwidth_limit', message: /no unit/ },
  ],
  [
    'a rate in bits',
    ofSite('bandwidth_limit = 2Mbit/s'),
    { section: 'site.hq', key: 'bandwidth_limit', message: /bits/ },
  ],
  [
    'a path without a slash',
    ofSite('command_path = api/command'),
    { section: 'site.hq', key: 'command_path', nearest: '/api/command' },
  ],
  [
    'a path that is a URL',
    ofSite('command_path = https://a/api/command'),
    { section: 'site.hq', key: 'command_path', nearest: '/api/command' },
  ],
  [
    'a pattern that is none',
    ofSite('empty_report_pattern = (a'),
    { section: 'site.hq', key: 'empty_report_pattern' },
  ],
  [
    'a pattern that fits everything',
    ofSite('empty_report_pattern = .*'),
    { section: 'site.hq', key: 'empty_report_pattern', message: /failure/ },
  ],
  [
    'a query that is none',
    ofSite('recording_query.session-recordings = mp4'),
    { section: 'site.hq', remedy: /a=b&c=d/ },
  ],
  [
    'a proxy without a scheme',
    ofSite('proxy = proxy:3128'),
    { section: 'site.hq', key: 'proxy', value: 'proxy:3128' },
  ],
  [
    'a missing type',
    '[destination.a]\ndirectory = x',
    { section: 'destination.a', key: 'type', value: null },
  ],
  [
    'an unknown type',
    '[destination.a]\ntype = filesystem',
    { section: 'destination.a', key: 'type', value: 'filesystem', nearest: 'file-system' },
  ],
  ['a key of another type', `${local}directory = x`, { section: 'destination.local', key: 'directory' }],
  [
    'a database without a path',
    '[destination.a]\ntype = sqlite',
    { section: 'destination.a', key: 'path', value: null },
  ],
  [
    'a program without a command',
    '[destination.a]\ntype = program\nx = 1',
    { section: 'destination.a', key: 'command' },
  ],
  [
    'a format of sessions',
    ofSessions('format = xml'),
    { section: 'destination.archive.sessions', key: 'format', message: /no meaning for sessions/ },
  ],
  [
    'a count of sessions',
    ofSessions('retention_count = 3'),
    { section: 'destination.archive.sessions', key: 'retention_count' },
  ],
  [
    'an unknown conflict rule',
    ofSessions('on_conflict = appendnumber'),
    { section: 'destination.archive.sessions', nearest: 'append-number' },
  ],
  [
    'an unknown value in a file name',
    ofSessions('file_name = %LSDI%.xml'),
    { section: 'destination.archive.sessions', key: 'file_name', value: '%LSDI%.xml', nearest: '%LSID%' },
  ],
  [
    'a value in lower case',
    ofSessions('file_name = %lsid%.xml'),
    { section: 'destination.archive.sessions', nearest: '%LSID%' },
  ],
  [
    'a value named as a method',
    ofSessions('file_name = %toString%.xml'),
    { section: 'destination.archive.sessions', key: 'file_name' },
  ],
  [
    'a date of download for sessions',
    ofSessions('file_name = %DATE%-%LSID%.xml'),
    { section: 'destination.archive.sessions', nearest: '%START_DATE%' },
  ],
  [
    'an LSID of backups',
    `${archive}[destination.archive.backups]\nfile_name = %LSID%.nsb`,
    { section: 'destination.archive.backups', key: 'file_name', message: /backups do not have/ },
  ],
  [
    'a file name above its directory',
    ofSessions('file_name = ../%LSID%.xml'),
    { section: 'destination.archive.sessions', key: 'file_name' },
  ],
  [
    'an absolute file name',
    ofSessions('file_name = /srv/%LSID%.xml'),
    { section: 'destination.archive.sessions', key: 'file_name', message: /absolute/ },
  ],
  [
    'a backslash in a file name',
    ofSessions('file_name = a\\%LSID%.xml'),
    { section: 'destination.archive.sessions', key: 'file_name', remedy: /\// },
  ],
  [
    'a colon in a file name',
    ofSessions('file_name = a:%LSID%.xml'),
    { section: 'destination.archive.sessions', key: 'file_name' },
  ],
  [
    'a home directory',
    ofSessions('directory = ~/ic'),
    { section: 'destination.archive.sessions', key: 'directory' },
  ],
  [
    'a transfer from nowhere',
    all.replace('site = hq', 'site = qh'),
    { section: 'transfer.t', key: 'site', value: 'qh', nearest: 'hq' },
  ],
  [
    'a transfer to nowhere',
    all.replace('destination = archive', 'destination = xyzzy'),
    { section: 'transfer.t', key: 'destination', nearest: null, remedy: /archive/ },
  ],
  [
    'a transfer of nothing',
    all.replace('data = sessions', 'data ='),
    { section: 'transfer.t', key: 'data', message: /missing/ },
  ],
  [
    'an unknown kind',
    all.replace('data = sessions', 'data = sessions, recording'),
    { section: 'transfer.t', key: 'data', value: 'sessions, recording', nearest: 'session-recordings' },
  ],
  [
    'recordings into SQLite',
    (site + local + transfer).replace(
      'archive\ndata = sessions',
      'local\ndata = sessions, session-recordings',
    ),
    { section: 'transfer.t', key: 'data', message: /session-recordings.*sqlite/ },
  ],
  [
    'backups into SQL Server',
    (site + warehouse + transfer).replace('archive\ndata = sessions', 'wh\ndata = backups'),
    { section: 'transfer.t', key: 'data', message: /backups.*sql-server/ },
  ],
  [
    'a kind without a directory',
    all.replace('directory = archive\n', '[destination.archive.backups]\ndirectory = b\n'),
    { section: 'destination.archive', key: 'directory', message: /\[transfer\.t\] brings sessions/ },
  ],
  [
    'an archive without any directory',
    all.replace('directory = archive\n', '').replace('data = sessions', 'data = all'),
    { section: 'destination.archive', key: 'directory' },
  ],
  [
    'a start that is none',
    ofTransfer('start = yesterday'),
    { section: 'transfer.t', key: 'start', remedy: /30d/ },
  ],
  ['a day that does not exist', ofTransfer('start = 2026-02-30'), { section: 'transfer.t', key: 'start' }],
  [
    'an every that is too short',
    ofTransfer('every = 59s'),
    { section: 'transfer.t', key: 'every', message: /shorter than 1m/ },
  ],
  [
    'an every that is too long',
    ofTransfer('every = 8d'),
    { section: 'transfer.t', key: 'every', message: /longer than 7d/ },
  ],
  [
    'a time of day with an every in hours',
    ofTransfer('every = 12h\nat = 02:30'),
    { section: 'transfer.t', key: 'at', remedy: /every = 1d/ },
  ],
  [
    'a time of day without an every',
    ofTransfer('at = 02:30'),
    { section: 'transfer.t', key: 'at', value: '02:30' },
  ],
  ['a time of day that is none', ofTransfer('every = 1d\nat = 24:00'), { section: 'transfer.t', key: 'at' }],
  ['a log level that is none', '[log]\nlevel = verbose', { section: 'log', key: 'level' }],
  ['a size that is none', '[log]\nmax_size = big', { section: 'log', key: 'max_size' }],
  ['a size without a unit', '[log]\nmax_size = 10', { section: 'log', key: 'max_size', message: /no unit/ }],
  [
    'an unknown moment to notify',
    '[notify]\non = failures',
    { section: 'notify', key: 'on', nearest: 'failure' },
  ],
  ['mail without a sender', '[notify.mail]\nserver = a\nto = b@c', { section: 'notify.mail', key: 'from' }],
  ['mail without a server', '[notify.mail]\nfrom = a@b\nto = b@c', { section: 'notify.mail', key: 'server' }],
  [
    'a mail server with a port',
    '[notify.mail]\nserver = a:25\nfrom = a@b\nto = b@c',
    { section: 'notify.mail', key: 'server', remedy: /port/ },
  ],
  [
    'an address that is none',
    '[notify.mail]\nserver = a\nfrom = a\nto = b@c',
    { section: 'notify.mail', key: 'from', value: 'a' },
  ],
  [
    'a mail password without a user',
    '[notify.mail]\nserver = a\nfrom = a@b\nto = b@c\npassword = x',
    { section: 'notify.mail', key: 'username' },
  ],
  [
    'a webhook that is no URL',
    '[notify.webhook]\nurl = hooks.example.com/secret-path',
    { section: 'notify.webhook', key: 'url', value: '***' },
  ],
  [
    'a connection string that is none',
    '[destination.a]\ntype = sql-server\nconnection_string = sql01',
    { section: 'destination.a', key: 'connection_string', value: '***' },
  ],
];

for (const [name, text, expected] of faults) {
  test(`${name} is the one problem, and says what to do`, async () => {
    const problems = await problemsOf(text, { env });
    assert.equal(problems.length, 1, JSON.stringify(problems, null, 1));
    const [problem] = problems;
    assert.ok(problem);
    assert.equal(problem.section, expected.section);
    if (expected.key !== undefined) assert.equal(problem.key, expected.key);
    if (expected.value !== undefined) assert.equal(problem.value, expected.value);
    if (expected.nearest !== undefined) assert.equal(problem.nearest, expected.nearest);
    if (expected.message) assert.match(problem.message, expected.message);
    if (expected.remedy) assert.match(problem.remedy, expected.remedy);
    assert.match(problem.remedy, /^[A-Z].*[^ ]$/s);
    assert.ok(problem.line !== null && problem.line >= 1);
  });
}

/** Configurations that look odd and are right. */
const right: readonly (readonly [name: string, text: string])[] = [
  ['nothing at all', ''],
  [
    'plain HTTP to this machine',
    ofSite('insecure_http = on').replace('support.example.com', '127.0.0.1:8080'),
  ],
  ['plain HTTP to localhost', ofSite('insecure_http = on').replace('support.example.com', 'localhost:8080')],
  ['plain HTTP to ::1', ofSite('insecure_http = on').replace('support.example.com', '[::1]:8080')],
  [
    'zero where zero has a meaning',
    ofTransfer('overlap = 0\nsweep = 0\nsettle = 0').replace('[dest', 'retries = 0\n[dest'),
  ],
  ['an every in hours that are days', ofTransfer('every = 48h\nat = 2:30')],
  ['a name with all that is allowed', '[site.A-b_9]\nhost = münchen.example\nusername = u\npassword = p'],
  ['folders in a file name', ofSessions('file_name = %SITE%/%START_DATE%/%LSID%.%EXTENSION%')],
  ['a percent sign that is only that', ofSessions('file_name = 100% %LSID%.xml')],
  ['an address with a name', '[notify.mail]\nserver = a\nfrom = "IT, \'the\' department" <a@b>\nto = b@c'],
];

for (const [name, text] of right) {
  test(`no problem: ${name}`, async () => assert.deepEqual(await problemsOf(text, { env }), []));
}

test('all problems are reported at once', async () => {
  const text = `stray = 1\n${faults.map(([, fault]) => fault).join('\n')}`;
  assert.ok((await problemsOf(text, { env })).length > faults.length);
});

test('a misspelt key does not show the secret behind it', async () => {
  const problems = await problemsOf(
    '[site.hq]\nhost = a\nusername = u\npasword = hunter2\nclient-secret = hunter2\n',
  );
  assert.ok(problems.length >= 3);
  assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
});

test('a value that came from elsewhere does not show in what is said of it', async () => {
  const problems = await problemsOf(ofSite('ca_file = x').replace('support.example.com', '${env:SECRET}/x'), {
    env,
  });
  assert.equal(problems.length, 1);
  assert.equal(problems[0]?.value, '${env:SECRET}/x');
  assert.doesNotMatch(JSON.stringify(problems), /s3cret-value/);
});

test('credentials in a URL do not show', async () => {
  const text =
    '[site.hq]\nhost = joe:hunter2@support.example.com\nproxy = joe:hunter2@proxy:1\nusername = u\npassword = p';
  const problems = await problemsOf(text);
  assert.deepEqual(
    problems.map(({ value }) => value),
    ['***@support.example.com', '***'],
  );
  assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
});
