import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, lstat, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { executablePath } from '../../../scripts/executable.ts';
import { hour, type Installation, type InstallationOptions, install } from '../../support/installation.ts';
import { runProgram } from '../../support/program.ts';

const skip = process.platform === 'win32' && 'there are no modes';
const isRoot = process.getuid?.() === 0;

describe('who may read and write what ic writes', { skip, concurrency: 2 }, () => {
  for (const umask of ['000', '022', '077']) {
    test(`under umask ${umask}, files are 0640 at most, directories 0750, the state 0600`, async (t) => {
      const installation = await withData(t, {
        transfer: 'data = sessions, backups',
        more: '[destination.db]\ntype = sqlite\npath = db/ic.db\n[transfer.to-db]\nsite = hq\ndestination = db\ndata = sessions\nstart = 5d\n',
      });
      await pullUnder(umask, installation);
      const names = await assertAtMost(installation.directory, 0o640, 0o750);
      for (const wanted of ['ic-state.db', 'ic.log', 'db/ic.db', 'archive/ic-manifest/.head.json'])
        assert.ok(names.has(wanted), `${wanted} among ${[...names.keys()].join(' ')}`);
      for (const [name, mode] of names) if (/^ic-state/.test(name)) assert.equal(mode & 0o177, 0, name);
    });
  }

  test('mode and group of a destination hold for files, directories, manifest and lock', {
    skip: !isRoot && 'only root is in any group',
  }, async (t) => {
    const sharing = 'mode = 0660\ngroup = 54321\n';
    const installation = await withData(t, {
      destination: `${sharing}file_name = %SITE%/%LSID%.%EXTENSION%`,
      transfer: 'data = sessions, backups',
      more: `[destination.db]\ntype = sqlite\npath = db/ic.db\n${sharing}[transfer.to-db]\nsite = hq\ndestination = db\ndata = sessions\nstart = 5d\n`,
    });
    await pullUnder('077', installation);
    for (const folder of ['archive', 'db']) {
      for (const [name, { mode, gid }] of await everything(join(installation.directory, folder))) {
        assert.equal(gid, 54_321, name);
        const isDirectory = (mode & 0o170000) === 0o040000;
        assert.equal(mode & 0o7777, isDirectory ? 0o2770 : 0o660, name);
      }
    }
  });

  test('a group that this user is not in is an error of check and pull that says what helps', {
    skip: !isRoot && 'another user takes root',
  }, async (t) => {
    const { directory, ini } = await withData(t, { destination: 'group = 54321' });
    const nobody = 65_534;
    for (const path of [directory, ini]) await chown(path, nobody, nobody);
    for (const command of ['check', 'pull']) {
      const said = await asUser(nobody, [command, '-c', ini], directory);
      assert.match(said, /to the group 54321: the system does not permit it/);
      assert.match(said, /usermod -aG 54321/);
    }
  });

  test('check names what others can read or write, and how to close it', async (t) => {
    const { directory, ic } = await withData(t);
    assert.equal((await ic(['pull'])).code, 0);
    assert.doesNotMatch((await ic(['check', '--offline'])).stdout, /can be (read|written to) by/);
    for (const [name, mode] of [
      ['archive', 0o777],
      ['ic-state.db', 0o644],
      ['ic.log', 0o660],
    ] as const)
      await chmod(join(directory, name), mode);
    const { code, stdout } = await ic(['check', '--offline']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /archive can be written to by everybody \(mode 0777\)\n +Run chmod go-w,o= .*archive/,
    );
    assert.match(stdout, /ic-state\.db can be read by everybody \(mode 0644\)\n +Run chmod o= /);
    assert.match(stdout, /ic\.log can be written to by its group \(mode 0660\)\n +Run chmod g-w,o= /);
  });

  test('modes that let everybody write, or lock ic out, are refused', async (t) => {
    const installation = await withData(t);
    for (const mode of ['0666', '0755', '0440', '640x', '9']) {
      const file = join(installation.directory, 'odd.ini');
      await writeFile(file, `[destination.a]\ntype = file-system\ndirectory = a\nmode = ${mode}\n`, {
        mode: 0o600,
      });
      const { code, stdout } = await installation.ic(['check', '--offline', '-c', file]);
      assert.equal(code, 78, mode);
      assert.match(stdout, /0600 to 0664/);
    }
  });
});

async function withData(t: TestContext, options: InstallationOptions = {}): Promise<Installation> {
  const installation = await install(t, options);
  const now = installation.appliance.clock.seconds();
  installation.appliance.sessions.add({ startTime: now - hour, endTime: now - 60 });
  return installation;
}

/** What it says, on whichever stream; it must fail. */
async function asUser(user: number, parameters: readonly string[], cwd: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(executablePath, parameters, { cwd, uid: user, gid: user }, (error, stdout, stderr) => {
    resolve(error === null ? 'It succeeds.' : stdout + stderr);
  });
  return promise;
}

async function pullUnder(umask: string, { directory }: Installation): Promise<void> {
  const { code, stderr } = await runProgram(
    'sh',
    ['-c', `umask ${umask} && exec "$0" pull`, executablePath],
    { cwd: directory },
  );
  assert.equal(code, 0, stderr);
}

async function everything(directory: string) {
  const found = new Map<string, Awaited<ReturnType<typeof lstat>>>([['.', await lstat(directory)]]);
  for (const name of await readdir(directory, { recursive: true }))
    found.set(name, await lstat(join(directory, name)));
  return found as ReadonlyMap<string, { readonly mode: number; readonly gid: number }>;
}

async function assertAtMost(
  directory: string,
  file: number,
  folder: number,
): Promise<ReadonlyMap<string, number>> {
  const names = new Map<string, number>();
  for (const [name, { mode }] of await everything(directory)) {
    const most = (mode & 0o170000) === 0o040000 ? folder : file;
    assert.equal(mode & 0o777 & ~most, 0, `${name} has mode ${(mode & 0o777).toString(8)}`);
    names.set(name, mode & 0o777);
  }
  return names;
}
