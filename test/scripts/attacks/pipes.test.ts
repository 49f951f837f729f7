import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { hour, type Installation, install } from '../../support/installation.ts';
import { startIc } from '../../support/program.ts';

/** Whoever opens a pipe waits until somebody opens its other end, which nobody does here. */
const skip = process.platform === 'win32' && 'there are no pipes in directories';

describe('pipes under names of ic', { skip, concurrency: 2 }, () => {
  test('the final name of a file: that item is refused, the others are stored', async (t) => {
    const installation = await withSession(t, 'file_name = %LSID%.%EXTENSION%');
    const now = installation.appliance.clock.seconds();
    const { lsid } = installation.appliance.sessions.add({ startTime: now - hour, endTime: now - 120 });
    await mkdir(installation.archive);
    await assertRefused(installation, join(installation.archive, `${lsid}.xml`), ['pull'], 3);
  });

  for (const name of ['ic-state.db', 'ic-state.db.previous']) {
    test(name, async (t) => {
      const installation = await withSession(t);
      await assertRefused(installation, join(installation.directory, name), ['pull'], 74);
    });
  }

  test('the log', async (t) => {
    const installation = await withSession(t);
    const { code, stderr } = await withPipe(installation, join(installation.directory, 'ic.log'), ['pull']);
    assert.equal(code, 0);
    assert.match(stderr, /Cannot write the log .*ic\.log: it is a pipe/);
    assert.equal((await installation.ic(['log'])).code, 74);
    assert.equal((await installation.ic(['check', '--offline'])).code, 74);
  });

  for (const name of ['.head.json', '.id', `manifest-${new Date().toISOString().slice(0, 7)}.jsonl`]) {
    test(`${name} of the manifest`, async (t) => {
      const installation = await withSession(t);
      assert.equal((await installation.pull()).code, 0);
      const path = join(installation.archive, 'ic-manifest', name);
      await rename(path, `${path}.away`);
      const now = installation.appliance.clock.seconds();
      installation.appliance.sessions.add({ startTime: now - hour, endTime: now - 30 });
      await assertRefused(installation, path, ['pull'], 74);
    });
  }

  test('the index of items beside the manifest', async (t) => {
    const installation = await withSession(t);
    await mkdir(join(installation.archive, 'ic-manifest'), { recursive: true });
    await assertRefused(installation, join(installation.archive, 'ic-manifest', '.items.db'), ['pull'], 74);
  });

  for (const name of ['ic.db', 'ic.db-wal', 'ic.db-journal']) {
    test(`${name} of a SQLite destination`, async (t) => {
      const installation = await withSession(t, '', {
        into: 'db',
        more: '[destination.db]\ntype = sqlite\npath = ic.db\n',
      });
      await assertRefused(installation, join(installation.directory, name), ['pull'], 74);
    });
  }

  test('the key', async (t) => {
    const installation = await withSession(t);
    const value = `enc:v2:AAAAAAAA:${Buffer.alloc(40).toString('base64')}`;
    await writeFile(
      join(installation.directory, 'with-key.ini'),
      `[site.x]\nhost = a.example.com\nclient_id = a\nclient_secret = ${value}\n`,
      { mode: 0o600 },
    );
    const path = join(installation.directory, 'ic.key');
    await assertRefused(installation, path, ['check', '--offline', '-c', 'with-key.ini'], 78);
  });

  test('a configuration, and a file that it takes a secret from', async (t) => {
    const installation = await withSession(t);
    const { directory } = installation;
    await writeFile(
      join(directory, 'with-file.ini'),
      '[site.x]\nhost = a.example.com\nclient_id = a\nclient_secret = ${file:secret}\n',
      { mode: 0o600 },
    );
    for (const command of [['check', '--offline'], ['pull'], ['secret', 'rotate'], ['schedule', 'cron']]) {
      await assertRefused(
        installation,
        join(directory, `${command[0]}.ini`),
        [...command, '-c', `${command[0]}.ini`],
        78,
      );
    }
    await assertRefused(installation, join(directory, 'secret'), ['pull', '-c', 'with-file.ini'], 78);
  });

  test('a signal ends ic also while it waits for a pipe', async (t) => {
    const installation = await withSession(t);
    const pipe = join(installation.directory, 'report.xml');
    execFileSync('mkfifo', [pipe]);
    const started = startIc(['replay', pipe], { cwd: installation.directory });
    const ended = started.ended;
    // Until it waits for the pipe, a signal finds it somewhere else, and must end it as well.
    const again = setInterval(() => started.kill('SIGTERM'), 200);
    const { code, signal } = await ended;
    clearInterval(again);
    assert.ok(code === 143 || signal === 'SIGTERM', `${code} ${signal}`);
  });
});

async function withSession(
  t: TestContext,
  destination = '',
  options: Parameters<typeof install>[1] = {},
): Promise<Installation> {
  const installation = await install(t, { destination, ...options });
  const now = installation.appliance.clock.seconds();
  installation.appliance.sessions.add({ startTime: now - hour, endTime: now - 60 });
  return installation;
}

function withPipe({ ic }: Installation, path: string, command: readonly string[]) {
  execFileSync('mkfifo', [path]);
  return ic(command);
}

/** It ends at all, names what is in the way, and leaves it there. */
async function assertRefused(
  installation: Installation,
  path: string,
  command: readonly string[],
  exitCode: number,
): Promise<void> {
  const { code, stdout, stderr } = await withPipe(installation, path, command);
  const said = stdout + stderr;
  assert.equal(code, exitCode, said);
  assert.ok(said.includes(path) && /is a pipe/.test(said), said);
  assert.ok((await lstat(path)).isFIFO());
}
