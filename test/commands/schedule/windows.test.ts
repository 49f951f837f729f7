import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SaxesParser } from 'saxes';
import { installTask } from '../../../src/commands/schedule/install-task.ts';
import { readTaskAccount } from '../../../src/commands/schedule/task-account.ts';
import { renderTask } from '../../../src/commands/schedule/task-xml.ts';
import { env, readText, site } from '../../support/configuration.ts';
import { runSource } from '../../support/run-source.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { configured, fakeProgram } from './support.ts';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

function parseXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes, children: [], text: '' };
    stack.at(-1)?.children.push(element);
    stack.push(element);
  });
  parser.on('text', (piece) => {
    const element = stack.at(-1);
    if (element) element.text += piece;
  });
  parser.on('closetag', () => stack.pop());
  parser.on('error', (error) => assert.fail(error.message));
  parser.write(text).close();
  return root.children[0] ?? root;
}

const boolean = /^(true|false)$/;
const duration = /^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/;
const anything = /^[\s\S]+$/;

/**
 * What the published Task Scheduler schema, version 1.2, lets stand in each element that is used: in this order, each
 * at most once. Where the schema leaves the order open, it is the one in which Windows itself exports tasks.
 */
const schema: Readonly<Record<string, Readonly<Record<string, RegExp | null>>>> = {
  Task: {
    RegistrationInfo: null,
    Triggers: null,
    Settings: null,
    Data: null,
    Principals: null,
    Actions: null,
  },
  RegistrationInfo: {
    URI: anything,
    Source: anything,
    Date: anything,
    Author: anything,
    Description: anything,
  },
  Triggers: { TimeTrigger: null },
  TimeTrigger: {
    Enabled: boolean,
    StartBoundary: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
    EndBoundary: anything,
    Repetition: null,
    ExecutionTimeLimit: duration,
    RandomDelay: duration,
  },
  Repetition: { Interval: duration, Duration: duration, StopAtDurationEnd: boolean },
  Settings: {
    AllowStartOnDemand: boolean,
    RestartOnFailure: null,
    MultipleInstancesPolicy: /^(Parallel|Queue|IgnoreNew|StopExisting)$/,
    DisallowStartIfOnBatteries: boolean,
    StopIfGoingOnBatteries: boolean,
    AllowHardTerminate: boolean,
    StartWhenAvailable: boolean,
    NetworkProfileName: anything,
    RunOnlyIfNetworkAvailable: boolean,
    WakeToRun: boolean,
    Enabled: boolean,
    Hidden: boolean,
    DeleteExpiredTaskAfter: duration,
    IdleSettings: null,
    NetworkSettings: null,
    ExecutionTimeLimit: duration,
    Priority: /^(10|[0-9])$/,
    RunOnlyIfIdle: boolean,
  },
  Principals: { Principal: null },
  Principal: {
    UserId: anything,
    LogonType: /^(S4U|Password|InteractiveToken)$/,
    GroupId: anything,
    DisplayName: anything,
    RunLevel: /^(LeastPrivilege|HighestAvailable)$/,
  },
  Actions: { Exec: null },
  Exec: { Command: /^[\s\S]{1,260}$/, Arguments: anything, WorkingDirectory: anything },
};

function assertValid(element: Element): void {
  const allowed = Object.keys(schema[element.name] ?? {});
  const places = element.children.map(({ name }) => allowed.indexOf(name));
  const names = element.children.map(({ name }) => name).join(', ');
  assert.ok(!places.includes(-1), `${element.name} holds ${names}`);
  assert.deepEqual(
    places,
    [...new Set(places)].sort((a, b) => a - b),
    `${element.name} holds ${names}`,
  );
  for (const child of element.children) {
    const form = schema[element.name]?.[child.name];
    if (form) assert.match(child.text, form, child.name);
    else assertValid(child);
  }
}

function find(element: Element, name: string): Element {
  const found = element.children.find((child) => child.name === name);
  return found ?? assert.fail(`${element.name} has no ${name}`);
}

async function taskFor(
  user: string,
  command: readonly [string, ...string[]],
  timeLimit = 259_200,
): Promise<Element> {
  const configuration = await readText(site, { env });
  const run = { command, configuration, environmentNames: [], referencedFiles: [] };
  return parseXml(renderTask(run, { account: readTaskAccount(user), timeLimit }, 'UTF-16'));
}

test('the task is what the schema of Task Scheduler allows', async () => {
  const task = await taskFor('CORP\\svc-ic$', [
    'C:\\Program Files\\ic\\ic.exe',
    'pull',
    '--config',
    'C:\\é & <x>\\ic.ini',
  ]);
  assert.deepEqual(
    { ...task.attributes },
    {
      version: '1.2',
      xmlns: 'http://schemas.microsoft.com/windows/2004/02/mit/task',
    },
  );
  assertValid(task);
  const exec = find(find(task, 'Actions'), 'Exec');
  assert.equal(find(exec, 'Command').text, 'C:\\Program Files\\ic\\ic.exe');
  assert.equal(find(exec, 'Arguments').text, 'pull --config "C:\\é & <x>\\ic.ini"');
  assert.equal(
    find(task, 'Actions').attributes.Context,
    find(find(task, 'Principals'), 'Principal').attributes.id,
  );
  const settings = find(task, 'Settings');
  for (const [name, value] of [
    ['MultipleInstancesPolicy', 'IgnoreNew'],
    ['StartWhenAvailable', 'true'],
    ['ExecutionTimeLimit', 'P3D'],
    ['DisallowStartIfOnBatteries', 'false'],
  ] as const) {
    assert.equal(find(settings, name).text, value);
  }
  const trigger = find(find(task, 'Triggers'), 'TimeTrigger');
  assert.equal(find(find(trigger, 'Repetition'), 'Interval').text, 'PT1M');
});

test('each kind of account logs on as it can', async () => {
  const principalOf = async (user: string) => {
    const principal = find(find(await taskFor(user, ['ic.exe']), 'Principals'), 'Principal');
    return principal.children.map(({ text }) => text);
  };
  assert.deepEqual(await principalOf('SYSTEM'), ['S-1-5-18', 'LeastPrivilege']);
  assert.deepEqual(await principalOf('NT AUTHORITY\\Local Service'), ['S-1-5-19', 'LeastPrivilege']);
  assert.deepEqual(await principalOf('network service'), ['S-1-5-20', 'LeastPrivilege']);
  assert.deepEqual(await principalOf('CORP\\joe'), ['CORP\\joe', 'Password', 'LeastPrivilege']);
  assert.deepEqual(readTaskAccount('CORP\\g$').parameters, ['/RU', 'CORP\\g$', '/RP', '']);
  assert.deepEqual(readTaskAccount('joe@corp.example').parameters, ['/RU', 'joe@corp.example', '/RP', '*']);
  for (const bad of ['', 'a\\b\\c', 'a"b']) assert.throws(() => readTaskAccount(bad), /is no account/);
});

test('time limits are durations of XML', async () => {
  for (const [seconds, text] of [
    [0, 'PT0S'],
    [5400, 'PT1H30M'],
    [90_061, 'P1DT1H1M1S'],
  ] as const) {
    const task = await taskFor('SYSTEM', ['ic.exe', 'pull'], seconds);
    assertValid(task);
    assert.equal(find(find(task, 'Settings'), 'ExecutionTimeLimit').text, text);
  }
});

test('what is printed is ASCII and means the same in every encoding; the file is what schtasks wants', async (t) => {
  const directory = await configured(t, 'é.ini');
  const printed = await runSource(['schedule', 'windows', '-c', 'é.ini'], { cwd: directory });
  assert.equal(printed.code, 0, printed.stderr);
  assert.match(printed.stdout, /^[\x0a\x20-\x7e]+$/);
  assert.match(printed.stderr, /schtasks \/Create \/TN ic \/XML \S+ \/F\n/);
  const task = parseXml(printed.stdout);
  assertValid(task);
  assert.match(find(find(find(task, 'Actions'), 'Exec'), 'Arguments').text, /é\.ini/);

  const written = await runSource(
    ['schedule', 'windows', '-c', 'é.ini', '-o', 'task.xml', '--name', 'ic-2'],
    {
      cwd: directory,
    },
  );
  assert.match(written.stdout, /schtasks \/Create \/TN ic-2 \/XML \S*task\.xml \/F/);
  const bytes = await readFile(join(directory, 'task.xml'));
  assert.deepEqual([bytes[0], bytes[1]], [0xff, 0xfe]);
  const text = bytes.subarray(2).toString('utf16le');
  assert.match(text, /^<\?xml version="1\.0" encoding="UTF-16"\?>\r\n/);
  assert.deepEqual(parseXml(text.replaceAll('\r\n', '\n')), task);
});

test('schtasks is handed the task in a file that does not stay', {
  skip: process.platform === 'win32',
}, async (t) => {
  const kept = join(await temporaryDirectory(t), 'kept.xml');
  const script = `while [ "$1" != /XML ]; do shift; done; cp "$2" '${kept}'; [ $# -gt 3 ]`;
  const { env: path, calls } = await fakeProgram(t, String.raw`C:\Windows\System32\schtasks.exe`, script);
  process.env.PATH = path.PATH;
  const run = {
    command: ['ic.exe', 'pull'] as const,
    configuration: await readText(site, { env }),
    environmentNames: [],
    referencedFiles: [],
  };
  await installTask('ic', run, { account: readTaskAccount('CORP\\g$'), timeLimit: 0 });
  const [call = ''] = await calls();
  assert.match(call, /^\/Create \/TN ic \/XML \S+\.xml \/F \/RU CORP\\g\$ \/RP $/);
  assertValid(parseXml((await readFile(kept)).subarray(2).toString('utf16le')));
  await assert.rejects(readFile(/\S+\.xml/.exec(call)?.[0] ?? ''), /ENOENT/);
  await assert.rejects(
    installTask('ic', run, { account: readTaskAccount('SYSTEM'), timeLimit: 0 }),
    /exit code 1/,
  );
});

test('elsewhere than on Windows there is nothing to install into', {
  skip: process.platform === 'win32',
}, async (t) => {
  const directory = await configured(t);
  const ended = await runSource(['schedule', 'windows', '--install'], { cwd: directory });
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /-o FILE/);
});
