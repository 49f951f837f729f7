import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { systemProgram } from '../../platform/run-program.ts';
import { Fault } from './fault.ts';
import { splitCommand } from './split-command.ts';

/** What can be started without a shell. */
export interface Invocation {
  readonly file: string;
  readonly parameters: readonly string[];
  /** The parameters are a command line of Windows already and must not be quoted again. */
  readonly verbatim: boolean;
}

/** Where a command is to run; tests hand in another machine. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly environment: NodeJS.ProcessEnv;
  /** What relative paths start from. */
  readonly directory: string;
  isFile(path: string): boolean;
  isExecutable(path: string): boolean;
}

/**
 * Finds the program of a command: by its path, in PATH, or else beside the configuration; on Windows also without
 * its extension. Scripts are given to what runs them. Throws `Fault`.
 */
export function resolveCommand(command: string, machine: Machine): Invocation {
  const whole = pathsOf(machine).resolve(machine.directory, command);
  const words = machine.isFile(whole) ? [whole] : splitCommand(command, machine.platform);
  const [program, ...parameters] = words;
  if (program === undefined) throw new Fault('has no command', 'Write command = …', 'configuration');
  const path = find(program, machine);
  if (path === null) throw missing(program, machine);
  return invocation(path, parameters, machine);
}

export function thisMachine(directory: string, environment: NodeJS.ProcessEnv): Machine {
  return { platform: process.platform, environment, directory, isFile, isExecutable };
}

/** The program of a command, and the script that it is given, as far as they are there: whose they are decides what runs. */
export function filesOfCommand(
  command: string,
  directory: string,
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  const machine = thisMachine(directory, environment);
  try {
    const { file, parameters } = resolveCommand(command, machine);
    const script = parameters
      .filter((parameter) => !parameter.startsWith('-'))
      .map((parameter) => pathsOf(machine).resolve(directory, parameter))
      .find(machine.isFile);
    return script === undefined ? [file] : [file, script];
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

function pathsOf({ platform }: Machine): typeof posix {
  return platform === 'win32' ? win32 : posix;
}

function find(program: string, machine: Machine): string | null {
  const { isFile, platform } = machine;
  const fitting =
    platform === 'win32' ? isFile : (path: string) => isFile(path) && machine.isExecutable(path);
  const paths = candidates(program, machine);
  // A file that may not be executed still tells more in a message than none at all.
  return paths.find(fitting) ?? paths.find(isFile) ?? null;
}

function candidates(program: string, machine: Machine): readonly string[] {
  const { resolve, join, delimiter } = pathsOf(machine);
  const names = [...extensionsFor(program, machine)].map((extension) => program + extension);
  const isPath = program.includes('/') || (machine.platform === 'win32' && program.includes('\\'));
  const beside = names.map((name) => resolve(machine.directory, name));
  if (isPath) return beside;
  const folders = (variable(machine.environment, 'PATH') ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '');
  return [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...beside];
}

/** On Windows a name without an extension of a program is never a program. */
function extensionsFor(program: string, machine: Machine): readonly string[] {
  if (machine.platform !== 'win32') return [''];
  const known = (variable(machine.environment, 'PATHEXT') ?? '.COM;.EXE;.BAT;.CMD').toLowerCase().split(';');
  const extension = win32.extname(program).toLowerCase();
  return known.includes(extension) || extension in interpreters ? ['', ...known] : [...known, ''];
}

/** Windows does not care for the case of its variables' names. */
function variable(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  const key = Object.keys(environment).find((candidate) => candidate.toUpperCase() === name);
  return key === undefined ? undefined : environment[key];
}

/** What runs a script that the system does not start by itself, in the order of preference. */
const interpreters: Readonly<Record<string, readonly (readonly string[])[]>> = {
  '.py': [['py', '-3'], ['python3'], ['python']],
  '.js': [['node']],
  '.mjs': [['node']],
  '.cjs': [['node']],
  '.ps1': [['pwsh'], ['powershell']].map((shell) => [...shell, '-NoProfile', '-NonInteractive', '-File']),
};

function invocation(path: string, parameters: readonly string[], machine: Machine): Invocation {
  const { extname } = pathsOf(machine);
  const extension = extname(path).toLowerCase();
  const isWindows = machine.platform === 'win32';
  if (isWindows && ['.cmd', '.bat'].includes(extension)) return batchInvocation(path, parameters, machine);
  if (!isWindows && machine.isExecutable(path)) return { file: path, parameters, verbatim: false };
  const shells = interpreters[extension];
  if (isWindows && shells === undefined) return { file: path, parameters, verbatim: false };
  for (const [name = '', ...options] of shells ?? []) {
    const file = find(name, machine);
    if (file !== null) return { file, parameters: [...options, path, ...parameters], verbatim: false };
  }
  if (shells !== undefined) throw missing(shells[0]?.[0] ?? '', machine);
  throw new Fault(
    `cannot be started: ${path} is not executable`,
    `Make it executable (chmod +x), or name what runs it: command = python3 ${path}`,
    'configuration',
  );
}

/** Batch files run in cmd.exe alone, which sees variables and quotes where others see text: such words are refused. */
function batchInvocation(path: string, parameters: readonly string[], machine: Machine): Invocation {
  const words = [path, ...parameters];
  const risky = words.find((word) => /["%\r\n]/.test(word));
  if (risky !== undefined) {
    throw new Fault(
      `cannot be started: a batch file cannot be given ${risky}`,
      'Write no " and no % in the command, or call the program that the batch file calls.',
      'configuration',
    );
  }
  const line = words.map((word) => `"${word}"`).join(' ');
  const file = systemProgram('cmd', { SystemRoot: variable(machine.environment, 'SYSTEMROOT') });
  return { file, parameters: ['/d', '/s', '/c', `"${line}"`], verbatim: true };
}

function missing(program: string, { directory }: Machine): Fault {
  return new Fault(
    `cannot be started: there is no ${program}, neither in PATH nor in ${directory}`,
    'Install it, or write its whole path into command. A service often has a shorter PATH than a person.',
    'configuration',
  );
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
