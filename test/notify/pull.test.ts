import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Interruption } from '../../src/platform/interruption.ts';
import { type Appliance, startAppliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import { fastClock } from '../support/fast-clock.ts';
import { namesIn } from '../support/names-in.ts';
import { recordedStream } from '../support/recorded-stream.ts';
import { startCommand } from '../support/run-command.ts';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startReceiver, statuses } from './http-receiver.ts';
import { caFile, startMailServer } from './mail-server.ts';

const minute = 60_000;
const hour = 60 * minute;
const noon = Date.UTC(2026, 10, 22, 12);
const login = { user: 'ic', password: 'm41l p4ss' };

const archive = '[destination.archive]\ntype = file-system\ndirectory = archive';

function transferSection(name: string, rest = ''): string {
  return `[transfer.${name}]\nsite = hq\ndestination = archive\ndata = sessions\n${rest}`;
}

function mailSection(port: number): string {
  const { user, password } = login;
  return `[notify.mail]\nserver = 127.0.0.1\nport = ${port}\nca_file = ${caFile}
username = ${user}\npassword = ${password}\nfrom = ic@example.com\nto = it@example.com`;
}

interface Setup {
  readonly appliance: Appliance;
  readonly directory: string;
  /** Milliseconds since noon, by this machine's clock. */
  at: number;
  pull(...parameters: readonly string[]): Promise<Run>;
  start(parameters: readonly string[], signal?: AbortSignal): ReturnType<typeof startCommand>;
}

interface Run {
  readonly exitCode: number;
  readonly output: string;
  readonly error: string;
}

async function setUp(t: TestContext, ...sections: readonly string[]): Promise<Setup> {
  const appliance = await startAppliance({ clock: { now: noon, frozen: true } });
  t.after(() => appliance.close());
  const directory = await temporaryDirectory(t);
  const site = `${siteSection(appliance, 'hq')}requests_per_second = 1000\nretries = 0`;
  const transfers = sections.some((section) => section.startsWith('[transfer.'))
    ? []
    : [transferSection('t')];
  await writeFile(join(directory, 'ic.ini'), [site, archive, ...transfers, ...sections].join('\n'));
  const setup: Setup = {
    appliance,
    directory,
    at: 0,
    start: (parameters, signal = new AbortController().signal) =>
      startCommand(['pull', ...parameters], directory, { clock: fastClock(noon + setup.at), signal }),
    pull: async (...parameters) => {
      const run = setup.start(parameters);
      return { exitCode: await run.ended, output: run.output.text, error: run.error.text };
    },
  };
  return setup;
}

/** From now on the appliance refuses the credentials, until it is told `well`. */
function failing({ appliance }: Setup) {
  const { clientSecret } = appliance;
  appliance.changeSecret('another');
  return { well: () => appliance.changeSecret(clientSecret) };
}

test('a failure is told once, again after a day, and once when it is over', async (t) => {
  const mail = await startMailServer(t, { login });
  const setup = await setUp(t, mailSection(mail.port));
  assert.equal((await setup.pull()).exitCode, 0);
  const trouble = failing(setup);
  for (const hours of [1, 1.25, 12, 24.75, 25, 25.25, 48.75, 49]) {
    setup.at = hours * hour;
    assert.equal((await setup.pull()).exitCode, 77);
  }
  trouble.well();
  for (const hours of [50, 50.25]) {
    setup.at = hours * hour;
    assert.equal((await setup.pull()).exitCode, 0);
  }
  const subjects = mail.mails.map(
    ({ headers }) => `${headers.get('date')?.slice(5, 22)} ${headers.get('subject')}`,
  );
  assert.deepEqual(
    subjects.map((subject) => subject.replace(/: 127.*/, '')),
    [
      '22 Nov 2026 13:00 [ic] t failed',
      '23 Nov 2026 13:00 [ic] t still failing',
      '24 Nov 2026 13:00 [ic] t still failing',
      '24 Nov 2026 14:00 [ic] t recovered',
    ],
  );
  const text = mail.mails[1]?.text ?? '';
  assert.match(text, /Site +hq \(127\.0\.0\.1:\d+\)/);
  assert.match(text, /Remedy +\S/);
  assert.match(text, /Last success +2026-11-22 12:00:00Z \(1 d ago\)/);
  assert.match(text, /Failing since +2026-11-22 13:00:00Z/);
});

test('what is pulled by name or for a period by hand is told to nobody, and ends no failure', async (t) => {
  const mail = await startMailServer(t, { login });
  const ping = await startReceiver(t);
  const setup = await setUp(t, mailSection(mail.port), `[notify.ping]\nurl = ${ping.url}/ping`);
  const trouble = failing(setup);
  await setup.pull();
  const told = [mail.mails.length, ping.requests.length];
  trouble.well();
  assert.equal((await setup.pull('t', '--since', '1d')).exitCode, 0);
  assert.equal((await setup.pull('t', '--session', 'f'.repeat(32))).exitCode, 76);
  assert.deepEqual([mail.mails.length, ping.requests.length], told);
  await setup.pull();
  assert.equal(mail.mails.at(-1)?.headers.get('subject'), '[ic] t recovered');
});

test('why a pull came to no result stands in the log', async (t) => {
  const setup = await setUp(t);
  await mkdir(join(setup.directory, 'ic-state.db'));
  const broken = setup.start([]);
  await assert.rejects(broken.ended, { code: 'io' });
  const log = await readFile(join(setup.directory, 'ic.log'), 'utf8');
  assert.match(log, / error .*ic-state\.db/);
  assert.equal(broken.error.text, '', 'whoever ends the process says it there');
});

test('several transfers of a run make one message', async (t) => {
  const mail = await startMailServer(t, { login });
  const setup = await setUp(t, transferSection('a'), transferSection('b'), mailSection(mail.port));
  const trouble = failing(setup);
  await setup.pull();
  trouble.well();
  await setup.pull('a');
  await setup.pull();
  assert.deepEqual(
    mail.mails.map(({ headers }) => headers.get('subject')),
    ['[ic] 2 transfers failed: a, b', '[ic] a recovered', '[ic] b recovered'],
  );
});

test('a mail that cannot be sent changes nothing, is logged, and sent by the next run; the webhook is told once', async (t) => {
  const gone = await startMailServer(t, { login });
  await gone.close();
  const webhook = await startReceiver(t);
  const setup = await setUp(t, mailSection(gone.port), `[notify.webhook]\nurl = ${webhook.url}/hook`);
  failing(setup);
  const first = await setup.pull();
  assert.equal(first.exitCode, 77);
  assert.match(
    first.error,
    /warning: Not told by mail, the next run tries again: Cannot reach the mail server/,
  );
  assert.match(await readFile(join(setup.directory, 'ic.log'), 'utf8'), / warn .*Not told by mail/);
  const mail = await startMailServer(t, { login, port: gone.port });
  for (const minutes of [15, 30]) {
    setup.at = minutes * minute;
    await setup.pull();
  }
  assert.equal(mail.mails.length, 1);
  assert.equal(webhook.requests.length, 1);
});

test('a failure that is over before it could be told is told when it can', async (t) => {
  const gone = await startMailServer(t, { login });
  await gone.close();
  const setup = await setUp(t, mailSection(gone.port));
  const trouble = failing(setup);
  await setup.pull();
  trouble.well();
  const mail = await startMailServer(t, { login, port: gone.port });
  for (const minutes of [15, 30]) {
    setup.at = minutes * minute;
    await setup.pull();
  }
  assert.deepEqual(
    mail.mails.map(({ headers }) => headers.get('subject')),
    ['[ic] t recovered'],
  );
  assert.match(
    mail.mails[0]?.text ?? '',
    /Transfer t is well again\. It had failed when that could not be told/,
  );
});

test('the webhook gets the document that --json prints', async (t) => {
  const webhook = await startReceiver(t);
  const on = '[notify]\non = success';
  const setup = await setUp(t, on, `[notify.webhook]\nurl = ${webhook.url}/hook`);
  const { output } = await setup.pull('--json');
  const { notice, ...document } = JSON.parse(webhook.requests[0]?.body ?? '');
  assert.deepEqual(document, JSON.parse(output));
  assert.equal(notice.subject, 't succeeded');
});

test('whoever started the run has its result before anybody else is told', async (t) => {
  const output = recordedStream();
  let seen = '';
  const webhook = await startReceiver(t, (_request, response) => {
    seen = output.text;
    response.end();
  });
  const setup = await setUp(t, '[notify]\non = success', `[notify.webhook]\nurl = ${webhook.url}`);
  await startCommand(['pull'], setup.directory, { clock: fastClock(noon), output }).ended;
  assert.match(seen, /1 transfer: 0 items delivered\.\n$/);
});

test('a monitor hears of each run that ran something: start and success, or start and the end of the log', async (t) => {
  const monitor = await startReceiver(t);
  const setup = await setUp(t, `[notify.ping]\nurl = ${monitor.url}/ping/uuid?create=1`);
  await setup.pull('--due');
  await setup.pull('--due');
  assert.deepEqual(monitor.lines, ['GET /ping/uuid/start?create=1', 'GET /ping/uuid?create=1']);
  setup.at = hour;
  failing(setup);
  await setup.pull('--due');
  assert.deepEqual(monitor.lines.slice(2), [
    'GET /ping/uuid/start?create=1',
    'POST /ping/uuid/fail?create=1',
  ]);
  const log = monitor.requests[3]?.body ?? '';
  assert.match(log, /error run=\w+ transfer=t \| /);
  assert.match(log, /failed: /);
});

test('a run that is interrupted is told to the monitor as failed, and to nobody else', async (t) => {
  const monitor = await startReceiver(t);
  const webhook = await startReceiver(t);
  const setup = await setUp(
    t,
    `[notify.ping]\nurl = ${monitor.url}/uuid`,
    `[notify.webhook]\nurl = ${webhook.url}`,
  );
  const controller = new AbortController();
  setup.appliance.before(() => controller.abort(new Interruption('SIGTERM')), { report: 'SupportSession' });
  await assert.rejects(setup.start([], controller.signal).ended, Interruption);
  assert.deepEqual(monitor.lines, ['GET /uuid/start', 'POST /uuid/fail']);
  assert.match(monitor.requests[1]?.body ?? '', /Terminated; what was acknowledged is kept\.\n$/);
  assert.deepEqual(webhook.lines, []);
});

test('nobody is told of a dry run, nor of a transfer made up on the command line', async (t) => {
  const everybody = await startReceiver(t);
  const { url } = everybody;
  const setup = await setUp(
    t,
    `[notify]\non = failure, recovery, success\n[notify.ping]\nurl = ${url}\n[notify.webhook]\nurl = ${url}`,
    '[metrics]\ntextfile = ic.prom',
  );
  const adHoc = ['--site', 'hq', '--to', 'archive', '--data', 'sessions', '--since', '1d'];
  await setup.pull('--dry-run');
  await setup.pull(...adHoc);
  failing(setup);
  await setup.pull('--dry-run');
  await setup.pull(...adHoc);
  assert.deepEqual(everybody.lines, []);
  await assert.rejects(readFile(join(setup.directory, 'ic.prom')), { code: 'ENOENT' });
});

test('a state that cannot be opened is told once a day, too, and its repair', async (t) => {
  const monitor = await startReceiver(t);
  const webhook = await startReceiver(t);
  const setup = await setUp(
    t,
    `[notify.ping]\nurl = ${monitor.url}/uuid`,
    `[notify.webhook]\nurl = ${webhook.url}`,
  );
  const state = join(setup.directory, 'ic-state.db');
  await mkdir(state);
  for (const hours of [0, 1, 24]) {
    setup.at = hours * hour;
    await assert.rejects(setup.pull(), { code: 'io' });
  }
  await rm(state, { recursive: true });
  for (const hours of [25, 26]) {
    setup.at = hours * hour;
    await setup.pull();
  }
  const subjects = webhook.requests.map(({ body }) => JSON.parse(body).notice.subject.replace(/:.*/, ''));
  assert.deepEqual(subjects, ['t failed', 't still failing', 't recovered']);
  assert.deepEqual(monitor.lines.slice(0, 3), ['POST /uuid/fail', 'POST /uuid/fail', 'POST /uuid/fail']);
});

test('a state on a full disk is told once a day, too', { skip: noSmallDisk ?? false }, async (t) => {
  const webhook = await startReceiver(t);
  const setup = await setUp(t, `[notify.webhook]\nurl = ${webhook.url}`, '[state]\npath = state/ic-state.db');
  const state = join(setup.directory, 'state');
  using disk = await mountSmallDisk(state, '1m');
  await setup.pull();
  disk.fill();
  for (const minutes of [1, 2, 3]) {
    setup.at = minutes * minute;
    assert.equal((await setup.pull()).exitCode, 74);
  }
  disk.free();
  for (const minutes of [4, 5]) {
    setup.at = minutes * minute;
    assert.equal((await setup.pull()).exitCode, 0);
  }
  const subjects = webhook.requests.map(({ body }) => JSON.parse(body).notice.subject.replace(/:.*/, ''));
  assert.deepEqual(subjects, ['t failed', 't recovered']);
  assert.deepEqual(await namesIn(state), ['ic-state.db', 'ic-state.db.previous']);
});

test('a destination that cannot even be made is in the history, and told once', async (t) => {
  const webhook = await startReceiver(t);
  const broken = '[destination.broken]\ntype = program\ncommand = "unfinished';
  const transfer = '[transfer.t]\nsite = hq\ndestination = broken\ndata = sessions';
  const setup = await setUp(t, broken, transfer, `[notify.webhook]\nurl = ${webhook.url}`);
  const { exitCode } = await setup.pull();
  await setup.pull();
  assert.equal(webhook.requests.length, 1);
  const status = startCommand(['status', '--json'], setup.directory, { clock: fastClock(noon) });
  await status.ended;
  const [known] = JSON.parse(status.output.text).transfers;
  assert.equal(known.status, 'failed');
  assert.equal(known.exit_code, exitCode);
});

test('metrics are written after each run, also after one that failed', async (t) => {
  const setup = await setUp(t, '[metrics]\ntextfile = ic.prom');
  const path = join(setup.directory, 'ic.prom');
  const read = () => readFile(path, 'utf8');
  await setup.pull();
  const of = '{transfer="t",site="hq",destination="archive"}';
  assert.ok((await read()).includes(`ic_transfer_last_run_exit_code${of} 0\n`));
  failing(setup);
  setup.at = hour;
  await setup.pull();
  const text = await read();
  assert.ok(text.includes(`ic_transfer_last_run_exit_code${of} 77\n`));
  assert.ok(text.includes(`ic_transfer_last_success_timestamp_seconds${of} ${noon / 1000}\n`));
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (checked.error === undefined) assert.equal(`${checked.stdout}${checked.stderr}`, '');
});

test('metrics tell of a run whose state cannot be opened, and keep what they said', async (t) => {
  const section = `${transferSection('t')}${transferSection('other')}`;
  const setup = await setUp(t, section, '[metrics]\ntextfile = ic.prom');
  const path = join(setup.directory, 'ic.prom');
  const state = join(setup.directory, 'ic-state.db');
  const start = noon / 1000;
  const sample = async (name: string, transfer = 't') =>
    new RegExp(`^ic_transfer_${name}\\{transfer="${transfer}".* (\\d+)$`, 'm').exec(
      await readFile(path, 'utf8'),
    )?.[1];
  await setup.pull();
  // Both write into one archive: the one that waits for the other moves the clock.
  const success = await sample('last_success_timestamp_seconds');
  assert.match(success ?? '', /^\d+$/);
  for (const name of ['ic-state.db', 'ic-state.db.previous'])
    await rm(join(setup.directory, name), { force: true });
  await mkdir(state);
  for (const hours of [1, 2]) {
    setup.at = hours * hour;
    await assert.rejects(setup.pull('t'), { code: 'io' });
    assert.equal(await sample('last_run_exit_code'), '74');
    assert.equal(await sample('last_run_timestamp_seconds'), String(start + hours * 3600));
    assert.equal(await sample('failing_since_timestamp_seconds'), String(start + 3600));
    assert.equal(await sample('last_success_timestamp_seconds'), success);
    assert.equal(await sample('last_run_exit_code', 'other'), '0');
    assert.equal(await sample('last_run_timestamp_seconds', 'other'), String(start));
  }
  await rm(path);
  await assert.rejects(setup.pull('t'), { code: 'io' });
  assert.equal(await sample('last_run_exit_code'), '74');
  assert.equal(await sample('last_success_timestamp_seconds'), '0');
  const checked = spawnSync('promtool', ['check', 'metrics'], {
    input: await readFile(path),
    encoding: 'utf8',
  });
  if (checked.error === undefined) assert.equal(`${checked.stdout}${checked.stderr}`, '');
});

test('metrics that cannot be written are a warning', async (t) => {
  const setup = await setUp(t, '[metrics]\ntextfile = missing/ic.prom');
  const { exitCode, error } = await setup.pull();
  assert.equal(exitCode, 0);
  assert.match(error, /warning: The metrics are not written: Cannot write .*ic\.prom/);
});

test('no secret leaves by any way, whatever fails', async (t) => {
  const monitor = await startReceiver(t, statuses(404));
  const webhook = await startReceiver(t, statuses(400));
  const mail = await startMailServer(t, { login: { user: 'ic', password: 'quite another' } });
  const setup = await setUp(
    t,
    mailSection(mail.port),
    `[notify.webhook]\nurl = ${webhook.url}/W3BH00K/path?sig=S1GN`,
    `[notify.ping]\nurl = ${monitor.url}/P1NG-UUID`,
    '[metrics]\ntextfile = ic.prom',
    '[log]\nlevel = debug',
  );
  const { clientSecret } = setup.appliance;
  failing(setup);
  const { error, output } = await setup.pull('-vv', '--json');
  const written = await Promise.all(
    ['ic.log', 'ic.prom', 'ic-state.db'].map((name) => readFile(join(setup.directory, name), 'latin1')),
  );
  const sent = [...webhook.requests, ...monitor.requests].map(({ body }) => body);
  const everywhere = [error, output, ...written, ...sent].join('\n');
  for (const secret of [clientSecret, login.password, 'W3BH00K', 'S1GN', 'P1NG-UUID']) {
    assert.ok(!everywhere.includes(secret), `${secret} has got out`);
    assert.ok(!everywhere.includes(encodeURIComponent(secret)), `${secret} has got out, encoded`);
  }
  assert.match(error, /Not told by mail/);
  assert.match(error, /Not told by webhook/);
  assert.match(error, /ping \(fail\) did not arrive/);
});
