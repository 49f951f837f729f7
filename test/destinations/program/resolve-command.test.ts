import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Fault } from '../../../src/destinations/program/fault.ts';
import { type Machine, resolveCommand } from '../../../src/destinations/program/resolve-command.ts';

describe('on Linux', () => {
  const machine: Machine = machineWith(
    'linux',
    ['/usr/bin/python3', '/usr/bin/node', '/opt/ic/push', '/opt/ic/two words', '/opt/ic/run.py'],
    ['/opt/ic/plain.py', '/opt/ic/plain.mjs', '/opt/ic/notes.txt'],
  );
  const cases: Readonly<Record<string, readonly [file: string, ...parameters: string[]]>> = {
    'python3 push.py --fast': ['/usr/bin/python3', 'push.py', '--fast'],
    './push a': ['/opt/ic/push', 'a'],
    push: ['/opt/ic/push'],
    '/opt/ic/push': ['/opt/ic/push'],
    'two words': ['/opt/ic/two words'],
    'run.py x': ['/opt/ic/run.py', 'x'],
    'plain.py x': ['/usr/bin/python3', '/opt/ic/plain.py', 'x'],
    './plain.mjs': ['/usr/bin/node', '/opt/ic/plain.mjs'],
  };
  for (const [command, [file, ...parameters]] of Object.entries(cases)) {
    test(`${command} starts ${file}`, () => {
      assert.deepEqual(resolveCommand(command, machine), { file, parameters, verbatim: false });
    });
  }

  failing(machine, 'ruby push.rb', /there is no ruby, neither in PATH nor in \/opt\/ic/);
  failing(machine, './notes.txt', /notes\.txt is not executable/);
  failing(machine, '""', /there is no /);
  failing(machine, ' ', /has no command/);
});

describe('on Windows', () => {
  const machine: Machine = machineWith('win32', [
    'C:\\Python\\python.exe',
    'C:\\Python\\py.exe',
    'C:\\nodejs\\node.exe',
    'C:\\nodejs\\npm.cmd',
    'C:\\nodejs\\npm',
    'C:\\ic\\push.exe',
    'C:\\ic\\my files\\tool.bat',
    'C:\\ic\\run.py',
    'C:\\Shell\\powershell.exe',
    'C:\\ic\\send.ps1',
  ]);
  const cases: Readonly<Record<string, readonly [file: string, ...parameters: string[]]>> = {
    'python push.py': ['C:\\Python\\python.exe', 'push.py'],
    push: ['C:\\ic\\push.exe'],
    'C:\\ic\\push.exe a\\b': ['C:\\ic\\push.exe', 'a\\b'],
    '.\\push.exe': ['C:\\ic\\push.exe'],
    'run.py x': ['C:\\Python\\py.exe', '-3', 'C:\\ic\\run.py', 'x'],
    'send.ps1 x': [
      'C:\\Shell\\powershell.exe',
      '-NoProfile',
      '-NonInteractive',
      '-File',
      'C:\\ic\\send.ps1',
      'x',
    ],
  };
  for (const [command, [file, ...parameters]] of Object.entries(cases)) {
    test(`${command} starts ${file}`, () => {
      assert.deepEqual(resolveCommand(command, machine), { file, parameters, verbatim: false });
    });
  }

  for (const [command, line] of Object.entries({
    'npm run "push it"': '"C:\\nodejs\\npm.cmd" "run" "push it"',
    '"my files\\tool" a&b': '"C:\\ic\\my files\\tool.bat" "a&b"',
  })) {
    test(`${command} runs in cmd.exe`, () => {
      assert.deepEqual(resolveCommand(command, machine), {
        file: 'D:\\Windows\\System32\\cmd.exe',
        parameters: ['/d', '/s', '/c', `"${line}"`],
        verbatim: true,
      });
    });
  }

  failing(machine, 'npm %PATH%', /a batch file cannot be given %PATH%/);
  failing(machine, 'python3 push.py', /there is no python3/);
});

function failing(machine: Machine, command: string, says: RegExp): void {
  test(`${command} is refused`, () => {
    assert.throws(
      () => resolveCommand(command, machine),
      (error) => error instanceof Fault && error.code === 'configuration' && says.test(error.message),
    );
  });
}

function machineWith(
  platform: 'linux' | 'win32',
  programs: readonly string[],
  others: readonly string[] = [],
): Machine {
  const environment: NodeJS.ProcessEnv =
    platform === 'linux'
      ? { PATH: '/usr/local/bin:/usr/bin' }
      : {
          Path: 'C:\\Python;C:\\nodejs;C:\\Shell',
          PathExt: '.COM;.EXE;.BAT;.CMD',
          ComSpec: 'C:\\planted\\cmd.exe',
          SystemRoot: 'D:\\Windows',
        };
  const known = (path: string, paths: readonly string[]) =>
    paths.some((one) => (platform === 'win32' ? one.toLowerCase() === path.toLowerCase() : one === path));
  return {
    platform,
    environment,
    directory: platform === 'linux' ? '/opt/ic' : 'C:\\ic',
    isFile: (path) => known(path, [...programs, ...others]),
    isExecutable: (path) => known(path, programs),
  };
}
