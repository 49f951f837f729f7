import assert from 'node:assert/strict';
import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Answered, hour, type Installation, install } from '../support/installation.ts';
import { assertArchived, assertRepaired } from '../support/oracle.ts';
import { runIc } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a mistake on the command line is told with 2, before anything is touched:', {
  concurrency: 4,
}, () => {
  const lines: readonly (readonly [line: string, told: RegExp])[] = [
    ['pul', /no command "pul".*pull/],
    ['pull --sinc 7d', /sinc/],
    ['pull tt', /no transfer "tt".*\bt\b/],
    ['pull --since yesterday', /yesterday/],
    ['pull --since 7d --until 8d', /--until is not after --since/],
    ['verify --since 1h --until 5h', /--until is not after --since/],
    ['log --since 1h --until 5h', /--until is not after --since/],
    ['pull --since', /since/],
    ['pull --data session', /session.*sessions/],
    ['pull --session a --since 7d', /--session/],
    ['pull --wait-lock soon', /soon/],
    ['pull --site hq --to nowhere --data sessions --since 1d', /no destination "nowhere"/],
    ['pull --site nowhere --to archive --data sessions --since 1d', /no site "nowhere"/],
    ['pull t --site hq --to archive --data sessions --since 1d', /name no other/],
    ['check --site nowhere', /no site "nowhere"/],
    ['check --destination nowhere', /no destination "nowhere"/],
    ['verify nowhere', /no destination "nowhere"/],
    ['replay', /FILE/],
    ['replay ic.ini --to nowhere', /no destination "nowhere"/],
    ['replay - -', /only once/],
    ['state', /show.*rewind.*forget/],
    ['state shaw', /show/],
    ['state rewind t', /--to/],
    ['state rewind', /TRANSFER/],
    ['state forget unknown', /unknown/],
    ['status --max-age soon', /soon/],
  ];
  for (const [line, told] of lines) {
    test(`ic ${line}`, async (t) => {
      const installation = await install(t);
      const words = line.split(' ');
      const spoken = await installation.ic(words);
      assert.deepEqual([spoken.code, spoken.stdout], [2, '']);
      assert.match(spoken.stderr.replaceAll(/\s+/g, ' '), told);
      const { code, document } = await installation.json(words);
      assert.equal(code, 2);
      assert.deepEqual([document.error.code, document.error.exit_code], ['usage', 2]);
      assert.equal(installation.appliance.requests.count(), 0);
    });
  }
});

test('all that is wrong with a configuration is told at once, with 78 and without its secrets', async (t) => {
  const installation = await install(t, {
    transfer: 'evry = 15m\nsettle = soon\ndata = sessions, recordings',
    more: '[destination.local]\ntype = sqlight\n[site.hq]\n[sight.x]\n[notify.mail]\nserver = mail\npassword = s3cret-of-mail',
  });
  for (const parameters of [['pull'], ['check', '--offline'], ['status'], ['state', 'show']]) {
    const { code, stdout, stderr } = await installation.ic(parameters);
    assert.equal(code, 78, parameters.join(' '));
    for (const told of ['evry', 'every', 'soon', 'recordings', 'sqlight', 'sight.x', '[site.hq]']) {
      assert.ok((stdout + stderr).includes(told), `${told} is not told\n${stderr}`);
    }
    assert.ok(!(stdout + stderr).includes('s3cret-of-mail'));
    const { document } = await installation.json(parameters);
    assert.equal(document.exit_code, 78);
    assert.ok(!JSON.stringify(document).includes('s3cret-of-mail'));
  }
});

test('no configuration at all is told with 78 and where it was looked for', async (t) => {
  const directory = await temporaryDirectory(t);
  const options = { cwd: directory, env: { IC_CONFIG: undefined } };
  const missing = await runIc(['pull', '--json'], options);
  assert.equal(missing.code, 78);
  assert.match(JSON.parse(missing.stdout).error.hint ?? missing.stdout, /ic init|--config/);
  const named = await runIc(['pull', '--json', '-c', 'absent.ini'], options);
  assert.deepEqual([named.code, JSON.parse(named.stdout).error.code], [78, 'configuration']);
});

describe('a site', { concurrency: 3 }, () => {
  test('that refuses connections is told with 69, and pulled again when it is back', async (t) => {
    const installation = await install(t);
    const { directory, ini } = installation;
    addSession(installation);
    const port = await freePort();
    const away = join(directory, 'away.ini');
    const text = (await read(ini)).replace(/^host = .*/m, `host = 127.0.0.1:${port}`);
    await writeFile(away, text, { mode: 0o600 });
    const failed = await installation.pull(['-c', away]);
    assert.deepEqual([failed.code, failed.transfer.status, failed.transfer.watermark], [69, 'failed', null]);
    assert.match(failed.transfer.error.message, new RegExp(`127.0.0.1:${port}.*refused`));
    await assertRepaired(installation);
  });

  test('whose name is not known is told with 69', async (t) => {
    const installation = await install(t);
    const text = (await read(installation.ini))
      .replace(/^host = .*/m, 'host = no-such-appliance.invalid')
      .replace('insecure_http = true', '');
    await writeFile(installation.ini, text);
    const failed = await installation.pull();
    assert.deepEqual([failed.code, failed.transfer.error.code], [69, 'unreachable'], failed.stderr);
    assert.match(failed.transfer.error.message, /no-such-appliance\.invalid/);
  });

  test('whose certificate nobody knows is told with 69, and no credentials go to it', async (t) => {
    const installation = await install(t, { appliance: { https: true } });
    const { ini, appliance } = installation;
    addSession(installation);
    const text = await read(ini);
    await writeFile(ini, text.replace(/^ca_file = .*/m, ''));
    const failed = await installation.pull();
    assert.equal(failed.code, 69, failed.stderr);
    assert.match(failed.transfer.error.hint, /ca_file/);
    assert.equal(appliance.requests.count(), 0);
    await writeFile(ini, text);
    await assertRepaired(installation);
  });
});

describe('several transfers', { concurrency: 3 }, () => {
  const more = `[destination.second]\ntype = file-system\ndirectory = second
[transfer.u]\nsite = hq\ndestination = second\ndata = sessions\nstart = 5d\n`;

  test('run side by side: one that fails makes 3, and holds back no other', async (t) => {
    const installation = await install(t, { more });
    const { appliance, archive, directory, pull } = installation;
    addSession(installation);
    await writeFile(join(directory, 'second'), 'in the way');
    const mixed = await pull();
    assert.equal(mixed.code, 3);
    const [ok, failed] = mixed.document.transfers;
    assert.deepEqual([ok.name, ok.status, ok.error], ['t', 'ok', null]);
    assert.deepEqual([failed.name, failed.status, failed.error.exit_code], ['u', 'failed', 74]);
    await assertArchived(appliance, archive);
    const spoken = await installation.ic(['pull']);
    assert.equal(spoken.code, 3);
    assert.match(spoken.stdout.trimEnd().split('\n').at(-1) ?? '', /2 transfers.*u failed\.$/);
    await rm(join(directory, 'second'));
    assert.equal((await pull()).code, 0);
    await assertArchived(appliance, join(directory, 'second'));
  });

  test('that all fail have the code of the first', async (t) => {
    const installation = await install(t, { more });
    installation.appliance.changeSecret('changed behind our back');
    assert.equal((await installation.pull()).code, 77);
    assert.equal(installation.appliance.requests.count({ api: 'token' }), 1, 'and ask once');
  });

  test('of which one is held and the others fail are no success with --due', async (t) => {
    const installation = await install(t, { more, site: 'retries = 0' });
    const { appliance, pull } = installation;
    const go = Promise.withResolvers<void>();
    appliance.before(() => go.promise, { api: 'reporting' });
    const holding = pull(['t']);
    await appliance.requests.nth(1, { api: 'reporting' });
    appliance.faults.add({ type: 'status', status: 503 }, { api: 'token' });
    const due = await pull(['--due']);
    assert.equal(due.code, 69, due.stderr);
    go.resolve();
    assert.equal((await holding).code, 0);
  });

  test('of which the one that is due fails have its code', async (t) => {
    const installation = await install(t, { more, site: 'retries = 0' });
    assert.equal((await installation.pull(['t'])).code, 0);
    installation.appliance.faults.add({ type: 'status', status: 503 }, { api: 'token' });
    const due = await installation.pull(['--due']);
    assert.deepEqual(
      due.document.transfers.map(({ status }: { status: string }) => status),
      ['not-due', 'failed'],
    );
    assert.equal(due.code, 69);
  });
});

describe('--quiet', { concurrency: 2 }, () => {
  test('prints nothing on success', async (t) => {
    const installation = await install(t);
    addSession(installation);
    for (const parameters of [['pull'], ['pull'], ['check'], ['status'], ['state', 'show'], ['verify']]) {
      const { code, stdout, stderr } = await installation.ic([...parameters, '--quiet']);
      assert.deepEqual([code, stdout, stderr], [0, '', ''], parameters.join(' '));
    }
  });

  test('hides no damage', async (t) => {
    const installation = await install(t);
    addSession(installation);
    await installation.pull();
    await installation.pull();
    const state = join(installation.directory, 'ic-state.db');
    for (const file of [state, `${state}.previous`]) await truncate(file, 100);
    const { code, stdout, stderr } = await installation.ic(['pull', '--quiet']);
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /^ic: warning: The state file .* is damaged and no previous generation can be read/);
  });

  test('hides no failure', async (t) => {
    const installation = await install(t);
    installation.appliance.account.permissions.support = false;
    const { code, stderr } = await installation.ic(['pull', '--quiet']);
    assert.equal(code, 77);
    assert.match(stderr, /refused/);
  });
});

test('what is printed for people: a table, a last line that sums up, and nothing else', async (t) => {
  const installation = await install(t);
  addSession(installation);
  const first = await installation.ic(['pull']);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  const lines = first.stdout.trimEnd().split('\n');
  assert.match(lines.at(0) ?? '', /transfer +status +kind +seen +delivered/);
  assert.equal(lines.at(-1), '1 transfer: 1 item delivered.');
  const second = await installation.ic(['pull', '--no-color', '-v']);
  assert.match(second.stderr, /ok: sessions 0 delivered, 1 unchanged/);
});

test('--json of a failure is one document, whatever fails', async (t) => {
  const installation = await install(t);
  const failing: (readonly [parameters: readonly string[], code: number, prepare: () => unknown])[] = [
    [['pull'], 77, () => installation.appliance.changeSecret('changed behind our back')],
    [['check'], 77, () => undefined],
    [['replay', 'absent.xml'], 74, () => undefined],
    [['replay', 'ic.ini', '--to', 'archive'], 76, () => undefined],
    [['status', '--max-age', '1h'], 3, () => undefined],
    [['pull'], 78, () => appendFile(installation.ini, '\nunknown = 1\n')],
    [['check'], 78, () => undefined],
    [['verify'], 78, () => undefined],
    [['log'], 78, () => undefined],
  ];
  for (const [parameters, code, prepare] of failing) {
    await prepare();
    const answered: Answered = await installation.json(parameters);
    assert.equal(answered.code, code, `${parameters.join(' ')}: ${answered.stderr}`);
  }
});

function addSession({ appliance }: Installation): void {
  const now = appliance.clock.seconds();
  appliance.sessions.add({ startTime: now - 2 * hour, endTime: now - hour });
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
