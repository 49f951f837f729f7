import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { commands } from '../../src/commands/commands.ts';
import { completionModel } from '../../src/commands/completion/model.ts';
import { renderPowerShell } from '../../src/commands/completion/powershell.ts';
import { kinds } from '../../src/platform/kinds.ts';
import { runProgram } from '../support/program.ts';
import { runSource, sourceCommand } from '../support/run-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { hasTmux, startInTmux } from '../support/tmux.ts';

const has = (shell: string) => process.platform !== 'win32' && spawnSync(shell, ['--version']).status === 0;

const settings = `[site.hq]
host = ${'$'}{env:NOT_SET}
[site.branch]
oops
[destination.archive]
[destination.archive.sessions]
[transfer.hq-to-archive]
[transfer.hq-backups]
`;

/** A directory with a configuration, another one beside it, and an `ic` to be found by its name. */
async function world(t: TestContext) {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'ic.ini'), settings);
  await writeFile(join(directory, 'other.ini'), '[site.elsewhere]\n');
  const bin = join(directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'ic'), `#!/bin/sh\nexec '${sourceCommand.join("' '")}' "$@"\n`);
  await chmod(join(bin, 'ic'), 0o755);
  const script = async (shell: string) => {
    const { stdout, code, stderr } = await runSource(['completion', shell]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const env = { PATH: `${bin}:${process.env.PATH}`, IC_CONFIG: undefined };
  return { directory, env, script };
}

/** What each line, its last word being under the cursor, is to be completed to. */
const cases: readonly (readonly [words: readonly string[], completions: readonly string[]])[] = [
  [['pu'], ['pull']],
  [['sta'], ['state', 'status']],
  [
    ['state', ''],
    ['forget', 'rename', 'rewind', 'show'],
  ],
  [
    ['pull', ''],
    ['hq-backups', 'hq-to-archive'],
  ],
  [['pull', 'hq-backups', 'hq-t'], ['hq-to-archive']],
  [
    ['pull', '--si'],
    ['--site', '--since'],
  ],
  [
    ['pull', '--site', ''],
    ['branch', 'hq'],
  ],
  [['pull', '--quiet', '--to', ''], ['archive']],
  [['-c', 'other.ini', 'pull', '--site', ''], ['elsewhere']],
  [['pull', '-c', 'other.ini', '--site', ''], ['elsewhere']],
  [['state', 'forget', 'hq-b'], ['hq-backups']],
  [['verify', ''], ['archive']],
  [
    ['completion', ''],
    ['bash', 'fish', 'powershell', 'zsh'],
  ],
  [['init', '--mail-security', 'st'], ['starttls']],
  [
    ['pull', '--data', 'pres'],
    ['presentations', 'presentation-recordings'],
  ],
  [['pull', '--since', ''], []],
  [['pull', '-c', 'oth'], ['other.ini']],
];

test('bash completes commands, flags, values and names', {
  skip: !has('bash') && 'needs bash',
}, async (t) => {
  const { directory, env, script } = await world(t);
  await writeFile(join(directory, 'completion'), await script('bash'));
  const complete = async (...words: readonly string[]) => {
    const quoted = ['ic', ...words].map((word) => `'${word}'`).join(' ');
    const line = `. ./completion; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _ic; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ended = await runProgram('bash', ['--norc', '-c', line], { cwd: directory, env });
    return ended.stdout.split('\n').filter(Boolean).sort();
  };
  for (const [words, completions] of cases) {
    assert.deepEqual(await complete(...words), [...completions].sort(), words.join(' '));
  }
  // bash takes --flag=value apart, and a comma not.
  assert.deepEqual(await complete('pull', '--site', '=', 'h'), ['hq']);
  assert.deepEqual(await complete('pull', '--site', '='), ['branch', 'hq']);
  assert.deepEqual(await complete('pull', '--data', 'sessions,back'), ['sessions,backups']);
  assert.ok((await complete('pull', '--')).includes('--dry-run'));
  const registered = await runProgram('bash', ['--norc', '-c', '. ./completion; complete -p ic'], {
    cwd: directory,
  });
  assert.match(registered.stdout, /-F _ic ic/);
});

test('fish completes the same', { skip: !has('fish') && 'needs fish' }, async (t) => {
  const { directory, env, script } = await world(t);
  await writeFile(join(directory, 'completion'), await script('fish'));
  for (const [words, completions] of cases) {
    const line = `source completion; complete -C '${['ic', ...words].join(' ')}'`;
    const ended = await runProgram('fish', ['--no-config', '-c', line], { cwd: directory, env });
    assert.equal(ended.stderr, '');
    const found = ended.stdout
      .split('\n')
      .filter(Boolean)
      .map((text) => text.split('\t')[0] ?? '');
    assert.deepEqual([...new Set(found)].sort(), [...completions].sort(), words.join(' '));
  }
});

test('zsh completes what is typed on a terminal', {
  skip: !(has('zsh') && hasTmux) && 'needs zsh and tmux',
  timeout: 120_000,
}, async (t) => {
  const { directory, env, script } = await world(t);
  await mkdir(join(directory, 'functions'));
  await writeFile(join(directory, 'functions', '_ic'), await script('zsh'));
  // Names are real; other command lines are only shown.
  const real = sourceCommand.join("' '");
  const show = `case "$*" in *--names*) exec '${real}' "$@" ;; *) echo "line: $*" ;; esac`;
  await writeFile(join(directory, 'bin', 'ic'), `#!/bin/sh\n${show}\n`);
  const zsh = ['env', '-u', 'IC_CONFIG', `PATH=${env.PATH}`, 'zsh', '-f', '-i'];
  const terminal = await startInTmux(t, zsh);
  await terminal.type(`cd '${directory}'; PS1='> '; fpath=('${directory}/functions' $fpath)`);
  await terminal.type(`autoload -Uz compinit && compinit -u -d '${directory}/dump' && echo is ready`);
  await terminal.until((screen) => screen.includes('is ready'));
  for (const [typed, line] of [
    ['ic pul\thq-b\t', 'pull hq-backups'],
    ['ic stat\te f\thq-t\t', 'state forget hq-to-archive'],
    ['ic pull --site h\t--dry\t', 'pull --site hq --dry-run'],
    ['ic -c other.ini pull --site e\t', '-c other.ini pull --site elsewhere'],
    ['ic init --mail-security st\t', 'init --mail-security starttls'],
    ['ic pull --data bac\t', 'pull --data backups'],
    ['ic check -c oth\t', 'check -c other.ini'],
  ] as const) {
    await terminal.type(typed);
    await terminal.until((screen) => screen.some((text) => text.trim() === `line: ${line}`));
  }
});

test('PowerShell’s script is ASCII, and its quotes, brackets and braces are closed', () => {
  const script = renderPowerShell(completionModel(commands));
  assert.match(script, /^[\n\x20-\x7e]+$/);
  const bare = script.replace(/'(?:[^'\n]|'')*'|"[^"\n]*"|#.*/g, '');
  assert.doesNotMatch(bare, /['"]/);
  for (const [open, close] of ['()', '{}', '[]']) {
    assert.equal(bare.split(open ?? '').length, bare.split(close ?? '').length, `${open}${close}`);
  }
  // A key that stands twice, in whatever case, is an error of the script.
  const tables = script
    .split(/ = @\{\n/)
    .slice(1)
    .map((text) => text.split('\n    }')[0] ?? '');
  assert.equal(tables.length, 3);
  for (const table of tables) {
    const keys = [...table.matchAll(/^ {8}('[^']*') = /gm)].map(([, key = '']) => key.toLowerCase());
    assert.ok(keys.length > 1);
    assert.deepEqual(keys, [...new Set(keys)]);
  }
});

test('every script knows every command and flag, and hidden ones not', async () => {
  const model = completionModel(commands);
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    const { stdout } = await runSource(['completion', shell]);
    for (const { flags } of model.commands) {
      for (const { names } of flags) {
        for (const name of names) assert.ok(stdout.includes(name.replace(/^--?/, '')), `${shell}: ${name}`);
      }
    }
    for (const kind of kinds) assert.ok(stdout.includes(kind), `${shell}: ${kind}`);
    assert.doesNotMatch(stdout, /print the names of the configuration/);
  }
});

test('names are printed whatever else is wrong with the configuration, also when there is none', async (t) => {
  const { directory } = await world(t);
  const names = (family: string, cwd = directory) => runSource(['completion', '--names', family], { cwd });
  assert.equal((await names('site')).stdout, 'hq\nbranch\n');
  assert.equal((await names('destination')).stdout, 'archive\n');
  const none = await names('transfer', join(directory, 'bin'));
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', '']);
  assert.equal((await names('colours')).code, 2);
  assert.equal((await runSource(['completion'])).code, 2);
});
