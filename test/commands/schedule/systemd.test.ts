import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { renderService, writtenDirectories } from '../../../src/commands/schedule/systemd-units.ts';
import { usedPaths } from '../../../src/commands/schedule/used-paths.ts';
import { fileNamesIn } from '../../../src/config/outline.ts';
import { archive, env, readText, site, transfer } from '../../support/configuration.ts';
import { runProgram } from '../../support/program.ts';
import { runSource } from '../../support/run-source.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { configured, fakeProgram } from './support.ts';

const isLinux = process.platform === 'linux';
const hasVerify = isLinux && spawnSync('systemd-analyze', ['--version']).status === 0;
const user = userInfo().username;
const posixPaths = { skip: process.platform === 'win32' && 'a unit’s paths are no paths of Windows' };

test('systemd takes the units without a remark', {
  skip: !hasVerify && 'needs Debian’s systemd',
}, async (t) => {
  const directory = await configured(t, '100% $HOME "it".ini', `it's "50%" of $HOME \\x\\`);
  const units = await temporaryDirectory(t);
  const json = await runSource(
    ['schedule', 'systemd', '-c', '100% $HOME "it".ini', '--json', '--user', user],
    {
      cwd: directory,
    },
  );
  assert.equal(json.code, 0, json.stderr);
  const files: { path: string; text: string }[] = JSON.parse(json.stdout).files;
  assert.deepEqual(
    files.map(({ path }) => path),
    ['/etc/systemd/system/ic.service', '/etc/systemd/system/ic.timer'],
  );
  const paths: string[] = [];
  for (const { path, text } of files) {
    const copy = join(units, path.split('/').at(-1) ?? '');
    await writeFile(copy, text);
    paths.push(copy);
  }
  const verified = await runProgram('systemd-analyze', ['verify', '--man=no', ...paths]);
  // Remarks on other units of this machine are none of ours.
  const remarks = verified.stderr
    .split('\n')
    .filter((line) => line.includes(units) || /\bic\.(service|timer)/.test(line));
  assert.deepEqual(remarks, []);
  const service = paths[0] ?? '';
  await writeFile(
    service,
    (await readFile(service, 'utf8')).replace('ProtectSystem=strict', 'ProtectSystem=very'),
  );
  assert.match((await runProgram('systemd-analyze', ['verify', '--man=no', service])).stderr, /very/);
});

test('the program may lie below a path with any characters', {
  skip: !hasVerify && 'needs Debian’s systemd',
}, async (t) => {
  const configuration = await readText(
    `${site}${transfer}[destination.archive]\ntype=sqlite\npath=/srv/ic/a.db\n`,
    { env },
  );
  const directory = join(await temporaryDirectory(t), `it's "50% of $HOME" a=b \\x`);
  await mkdir(directory);
  const program = join(directory, 'ic');
  await writeFile(program, '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 });
  const run = {
    command: [program, 'pull', 'a "b" $c'] as const,
    configuration,
    environmentNames: [],
    referencedFiles: [],
  };
  const path = join(await temporaryDirectory(t), 'ic.service');
  await writeFile(path, renderService(run, { user: null, name: 'ic', used: [] }));
  const verified = await runProgram('systemd-analyze', ['verify', '--man=no', path]);
  assert.doesNotMatch(verified.stderr, /ic\.service/);
  const [, line = ''] = /^ExecStart=(.*)$/m.exec(await readFile(path, 'utf8')) ?? [];
  // What systemd makes of the line, for these characters, is what sh does when it has taken out its own signs.
  const shell = line.replaceAll('%%', '%').replaceAll('$$', '\\$');
  assert.equal((await runProgram('sh', ['-c', shell])).stdout, 'pull|a "b" $c|');
});

test('systemd finds little to attack', { skip: !hasVerify && 'needs Debian’s systemd' }, async (t) => {
  const configuration = await readText(
    `${site}${transfer}[destination.archive]\ntype=sqlite\npath=/srv/ic/a.db\n`,
    { env },
  );
  const run = {
    command: ['/usr/bin/true'] as const,
    configuration,
    environmentNames: [],
    referencedFiles: [],
  };
  const path = join(await temporaryDirectory(t), 'ic.service');
  await writeFile(path, renderService(run, { user: 'nobody', name: 'ic', used: [] }));
  const judged = await runProgram('systemd-analyze', ['security', '--offline=yes', '--threshold=25', path]);
  assert.equal(judged.code, 0, judged.stdout + judged.stderr);
});

test(
  'the service may write where the configuration says, and the paths stay what they are',
  posixPaths,
  async () => {
    const configuration = await readText(
      `${site}${transfer}[destination.archive]
type = file-system
directory = /srv/ic
[destination.archive.backups]
directory = /mnt/50% of "it"
[destination.archive.sessions]
directory = /srv/ic/sessions
[destination.db]
type = sqlite
path = /var/lib/db/ic.db
[log]
file =
[metrics]
textfile = /var/lib/node/ic.prom
`,
      { env },
    );
    assert.deepEqual(writtenDirectories(configuration), [
      '/etc/ic',
      '/mnt/50% of "it"',
      '/srv/ic',
      '/var/lib/db',
      '/var/lib/node',
    ]);
    const run = {
      command: ['/opt/i c/ic', 'pull', '-c', '$A%b\\c'] as const,
      configuration,
      environmentNames: [],
      referencedFiles: [],
    };
    const service = renderService(run, { user: 'ic', name: 'ic', used: [] });
    assert.match(service, /^ExecStart="\/opt\/i c\/ic" pull -c "\$\$A%%b\\\\c"$/m);
    assert.match(service, /^ReadWritePaths="-\/mnt\/50%% of \\"it\\""$/m);
    assert.match(service, /^User=ic$/m);
    assert.match(service, /^CapabilityBoundingSet=$/m);
    assert.match(service, /^ProtectHome=yes\nPrivateTmp=yes$/m);
    assert.doesNotMatch(renderService(run, { user: null, name: 'ic', used: [] }), /^User=/m);
  },
);

test('homes and temporary directories that are used are not taken away', posixPaths, async () => {
  const configuration = await readText(
    `${site}${transfer}[destination.archive]\ntype = file-system\ndirectory = /home/ic/archive\n[state]\npath = /tmp/ic/state.db\n`,
    { env },
  );
  const run = {
    command: ['/usr/bin/ic'] as const,
    configuration,
    environmentNames: ['SECRET'],
    referencedFiles: [],
  };
  const service = renderService(run, { user: 'ic', name: 'second', used: await usedPaths(run) });
  assert.match(service, /^ProtectHome=read-only\nPrivateTmp=no$/m);
  assert.match(service, /SECRET.*\nEnvironmentFile=-\/etc\/ic\/second\.env$/m);
});

for (const [what, text] of [
  ['a file with a secret', `${site.replace('${env:SECRET}', '${file:PLACE}')}${archive}`],
  ['an authority', `${site}ca_file = PLACE\n${archive}`],
  [
    'the mail server’s authority',
    `${site}${archive}[notify.mail]\nserver = m\nfrom = a@b\nto = a@b\nca_file = PLACE\n`,
  ],
  ['a program', `${site}[destination.archive]\ntype = program\ncommand = PLACE --fast\n`],
  ['what a program is given', `${site}[destination.archive]\ntype = program\ncommand = python3 "PLACE"\n`],
  ['an option of a program', `${site}[destination.archive]\ntype = program\ncommand = push --key=PLACE\n`],
  [
    'a setting of a program',
    `${site}[destination.archive]\ntype = program\ncommand = push\nkey_file = PLACE\n`,
  ],
  ['a directory', `${site}${archive.replace('= archive\n', '= PLACE\n')}`],
] as const) {
  test(`the service sees ${what}, wherever it lies`, posixPaths, async (t) => {
    const directory = await temporaryDirectory(t);
    const link = join(directory, 'link');
    await symlink('/home', link);
    for (const [place, sees] of [
      ['/home/ic/x.pem', /^ProtectHome=read-only\nPrivateTmp=yes$/m],
      ['/root/x', /^ProtectHome=read-only\nPrivateTmp=yes$/m],
      [join(link, 'ic', 'x'), /^ProtectHome=read-only$/m],
      ['../../tmp/x', /^ProtectHome=yes\nPrivateTmp=no\nReadWritePaths=\/tmp \/var\/tmp$/m],
      ['/opt/home/x', /^ProtectHome=yes\nPrivateTmp=yes$/m],
    ] as const) {
      const written = text.replace('PLACE', place) + transfer;
      const configuration = await readText(written.replace(/\$\{file:[^}]*\}/, 'hidden'), { env });
      const referencedFiles = fileNamesIn(written).map((name) => resolve('/etc/ic', name));
      const run = {
        command: ['/usr/bin/ic'] as const,
        configuration,
        environmentNames: [],
        referencedFiles,
      };
      const service = renderService(run, { user: 'ic', name: 'ic', used: await usedPaths(run) });
      assert.match(service, sees, place);
    }
  });
}

test('--install writes the units, makes directories, and starts the timer', { skip: !isLinux }, async (t) => {
  const [directory, units] = [await configured(t), await temporaryDirectory(t)];
  const { env: path, calls } = await fakeProgram(t, 'systemctl');
  const settings = await readFile(join(directory, 'ic.ini'), 'utf8');
  await writeFile(join(directory, 'ic.ini'), settings.replace('= archive\n[', '= new/archive\n['));
  const install = (...parameters: string[]) =>
    runSource(
      ['schedule', 'systemd', '--install', '--user', user, '--unit-directory', units, ...parameters],
      {
        cwd: directory,
        env: path,
      },
    );
  const ended = await install();
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual((await readdir(units)).sort(), ['ic.service', 'ic.timer']);
  assert.equal((await stat(join(units, 'ic.timer'))).mode & 0o777, 0o644);
  assert.deepEqual(await calls(), ['daemon-reload', 'enable --now ic.timer']);
  assert.match(ended.stdout, /Started ic\.timer/);
  const again = await install('--quiet');
  assert.deepEqual([again.code, again.stdout], [0, '']);
  const second = await install('--name', 'branch', '--json');
  assert.equal(JSON.parse(second.stdout).installed, true);
  assert.equal((await readdir(units)).length, 4);
  assert.match(await readFile(join(units, 'branch.timer'), 'utf8'), /^Unit=branch\.service$/m);
});

test('units of others are left alone, and what systemctl says is passed on', {
  skip: !isLinux,
}, async (t) => {
  const [directory, units] = [await configured(t), await temporaryDirectory(t)];
  const { env: path, calls } = await fakeProgram(t, 'systemctl', 'echo "Not booted." >&2; exit 1');
  const parameters = ['schedule', 'systemd', '--install', '--user', user, '--unit-directory', units];
  const run = () => runSource(parameters, { cwd: directory, env: path });
  await writeFile(join(units, 'ic.timer'), '[Timer]\n');
  const foreign = await run();
  assert.equal(foreign.code, 74);
  assert.match(foreign.stderr, /ic did not write it/);
  assert.deepEqual([await readdir(units), await calls()], [['ic.timer'], []]);
  await rm(join(units, 'ic.timer'));
  const failed = await run();
  assert.equal(failed.code, 74);
  assert.match(failed.stderr, /systemctl daemon-reload failed: Not booted\./);
});

test('what cannot be is refused before anything is done', { skip: !isLinux }, async (t) => {
  const [directory, units] = [await configured(t), await temporaryDirectory(t)];
  await mkdir(units, { recursive: true });
  for (const flags of [
    ['--user', 'no-such-user-here'],
    ['--user', 'a b'],
    ['--name', '../x'],
  ]) {
    const parameters = ['schedule', 'systemd', '--install', '--unit-directory', units, ...flags];
    assert.equal((await runSource(parameters, { cwd: directory })).code, 2, flags.join(' '));
  }
  assert.deepEqual(await readdir(units), []);
});
