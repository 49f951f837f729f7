import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fastClock } from '../support/fast-clock.ts';
import { startCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startReceiver, statuses } from './http-receiver.ts';
import { caFile, startMailServer } from './mail-server.ts';

const login = { user: 'ic', password: 'm41l p4ss' };

function mailSection(port: number, password = login.password): string {
  return `[notify.mail]\nserver = 127.0.0.1\nport = ${port}\nca_file = ${caFile}
username = ${login.user}\npassword = ${password}\nfrom = ic@example.com\nto = one@example.com, two@example.com`;
}

async function run(t: TestContext, argv: readonly string[], ...sections: readonly string[]) {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), sections.join('\n'));
  const { ended, output, error } = startCommand(argv, directory, { clock: fastClock() });
  return { exitCode: await ended, output, error };
}

test('ic notify test goes through every channel and tells of each', async (t) => {
  const mail = await startMailServer(t, { login });
  const webhook = await startReceiver(t);
  const monitor = await startReceiver(t);
  const { exitCode, output } = await run(
    t,
    ['notify', 'test'],
    mailSection(mail.port),
    `[notify.webhook]\nurl = ${webhook.url}/hook\nformat = slack`,
    `[notify.ping]\nurl = ${monitor.url}/uuid`,
  );
  assert.equal(exitCode, 0);
  assert.deepEqual(output.lines, [
    `ok    mail 127.0.0.1:${mail.port}: sent`,
    `ok    webhook ${webhook.host}: sent`,
    `ok    ping ${monitor.host}: sent`,
  ]);
  assert.match(mail.mails[0]?.headers.get('subject') ?? '', /^\[ic\] Test from /);
  assert.deepEqual(mail.mails[0]?.to, ['one@example.com', 'two@example.com']);
  assert.match(JSON.parse(webhook.requests[0]?.body ?? '').text, /^\[ic\] Test from /);
  assert.deepEqual(monitor.lines, ['GET /uuid']);
});

test('ic notify test --json: what failed, and the exit code of the first', async (t) => {
  const mail = await startMailServer(t, { login });
  const webhook = await startReceiver(t);
  const { exitCode, output } = await run(
    t,
    ['notify', 'test', '--json'],
    mailSection(mail.port, 'wrong'),
    `[notify.webhook]\nurl = ${webhook.url}/hook`,
  );
  assert.equal(exitCode, 77);
  const { channels, error, ...rest } = JSON.parse(output.text);
  assert.deepEqual(rest, { command: 'notify test', exit_code: 77 });
  assert.deepEqual(
    channels.map(({ channel, ok }: { channel: string; ok: boolean }) => [channel, ok]),
    [
      ['mail', false],
      ['webhook', true],
    ],
  );
  assert.match(channels[0].hint, /password of \[notify\.mail\]/);
  assert.equal(error.code, 'refused');
});

for (const [name, answer, exitCode] of [
  ['a monitor that knows no such address', statuses(404), 77],
  ['a monitor that is out of order', statuses(503), 69],
] as const) {
  test(`ic notify test --quiet with ${name}`, async (t) => {
    const monitor = await startReceiver(t, answer);
    const section = `[notify.ping]\nurl = ${monitor.url}/S3CR3T`;
    const tested = await run(t, ['notify', 'test', '--quiet'], section);
    assert.equal(tested.exitCode, exitCode);
    assert.equal(tested.output.text, '');
    assert.match(tested.error.text, /^FAIL {2}ping 127\.0\.0\.1:\d+: .*\n {6}\S/);
    assert.doesNotMatch(tested.error.text, /S3CR3T/);
  });
}

test('ic notify test with nothing to test says what to write', async (t) => {
  await assert.rejects(run(t, ['notify', 'test'], '[log]\nlevel = info'), {
    code: 'configuration',
    hint: /\[notify\.mail\].*ic\.ini/,
  });
});

async function checks(t: TestContext, ...sections: readonly string[]) {
  const { exitCode, output } = await run(t, ['check', '--json'], ...sections);
  const all: { subject: string; name: string; ok: boolean; message: string; hint: string | null }[] =
    JSON.parse(output.text).checks;
  return { exitCode, found: all.filter(({ subject }) => ['mail', 'webhook', 'ping'].includes(subject)) };
}

test('ic check asks the mail server, and the hosts of webhook and monitor, and sends nothing', async (t) => {
  const mail = await startMailServer(t, { login });
  const web = await startReceiver(t, statuses(405));
  const { exitCode, found } = await checks(
    t,
    mailSection(mail.port),
    `[notify.webhook]\nurl = ${web.url}/hook`,
    `[notify.ping]\nurl = ${web.url}/uuid`,
  );
  assert.equal(exitCode, 0);
  assert.deepEqual(
    found.map(({ subject, name, ok }) => [subject, name, ok]),
    [
      ['mail', `127.0.0.1:${mail.port}`, true],
      ['webhook', web.host, true],
      ['ping', web.host, true],
    ],
  );
  assert.deepEqual(mail.logins, [login.user]);
  assert.deepEqual(mail.mails, []);
  assert.deepEqual(web.lines, ['HEAD /', 'HEAD /']);
});

test('ic check names what of them is wrong', async (t) => {
  const mail = await startMailServer(t, { login });
  const gone = await startReceiver(t);
  await gone.close();
  const { exitCode, found } = await checks(
    t,
    mailSection(mail.port, 'wrong'),
    `[notify.ping]\nurl = ${gone.url}/S3CR3T`,
  );
  assert.equal(exitCode, 77);
  assert.deepEqual(
    found.map(({ ok }) => ok),
    [false, false],
  );
  assert.match(found[1]?.message ?? '', /Cannot reach the monitor at .*: the connection was refused/);
  assert.doesNotMatch(JSON.stringify(found), /S3CR3T/);
});
