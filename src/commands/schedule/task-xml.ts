import { win32 } from 'node:path';
import type { ScheduledRun } from './scheduled-run.ts';
import type { TaskAccount } from './task-account.ts';

export interface TaskOptions {
  readonly account: TaskAccount;
  /** Seconds; 0: no limit. */
  readonly timeLimit: number;
}

/**
 * A task as the Task Scheduler schema 1.2 has it, elements in the schema's order. All of it is ASCII, so that it means the
 * same in whatever encoding a shell writes it to a file; it says which only when `encoding` is given.
 */
export function renderTask(run: ScheduledRun, options: TaskOptions, encoding: 'UTF-16' | null): string {
  const [program, ...parameters] = run.command;
  const lines = [
    `<?xml version="1.0"${encoding === null ? '' : ` encoding="${encoding}"`}?>`,
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo>',
    '    <Description>ic: pull what is due from the appliances. Written by ic schedule windows.</Description>',
    '  </RegistrationInfo>',
    ...triggerLines,
    ...settingsLines(options.timeLimit),
    ...principalLines(options.account),
    '  <Actions Context="ic">',
    '    <Exec>',
    element(6, 'Command', program),
    element(6, 'Arguments', parameters.map(quoteArgument).join(' ')),
    element(6, 'WorkingDirectory', win32.dirname(run.configuration.file)),
    '    </Exec>',
    '  </Actions>',
    '</Task>',
  ];
  return `${lines.join('\n')}\n`;
}

/** From a minute long past, each minute for ever: a missed one is made up as soon as can be. */
const triggerLines = [
  '  <Triggers>',
  '    <TimeTrigger>',
  '      <Enabled>true</Enabled>',
  '      <StartBoundary>2020-01-01T00:00:00</StartBoundary>',
  '      <Repetition>',
  '        <Interval>PT1M</Interval>',
  '        <StopAtDurationEnd>false</StopAtDurationEnd>',
  '      </Repetition>',
  '    </TimeTrigger>',
  '  </Triggers>',
];

function settingsLines(timeLimit: number): readonly string[] {
  const settings = [
    ['AllowStartOnDemand', 'true'],
    ['MultipleInstancesPolicy', 'IgnoreNew'],
    ['DisallowStartIfOnBatteries', 'false'],
    ['StopIfGoingOnBatteries', 'false'],
    ['AllowHardTerminate', 'true'],
    ['StartWhenAvailable', 'true'],
    ['RunOnlyIfNetworkAvailable', 'false'],
    ['WakeToRun', 'false'],
    ['Enabled', 'true'],
    ['Hidden', 'false'],
    ['ExecutionTimeLimit', isoDuration(timeLimit)],
    ['Priority', '7'],
    ['RunOnlyIfIdle', 'false'],
  ] as const;
  return ['  <Settings>', ...settings.map(([name, value]) => element(4, name, value)), '  </Settings>'];
}

function principalLines({ userId, logonType }: TaskAccount): readonly string[] {
  return [
    '  <Principals>',
    '    <Principal id="ic">',
    element(6, 'UserId', userId),
    ...(logonType === null ? [] : [element(6, 'LogonType', logonType)]),
    element(6, 'RunLevel', 'LeastPrivilege'),
    '    </Principal>',
    '  </Principals>',
  ];
}

function element(indent: number, name: string, text: string): string {
  return `${' '.repeat(indent)}<${name}>${escapeXml(text)}</${name}>`;
}

function escapeXml(text: string): string {
  return Array.from(text.toWellFormed(), (character) =>
    /[&<>"]|[^\x20-\x7e]/u.test(character) ? `&#${character.codePointAt(0)};` : character,
  ).join('');
}

/** `259200` is `P3D`, `5400` is `PT1H30M`. */
function isoDuration(seconds: number): string {
  if (seconds === 0) return 'PT0S';
  const parts = [
    [Math.floor(seconds / 86_400), 'D'],
    [Math.floor(seconds / 3600) % 24, 'H'],
    [Math.floor(seconds / 60) % 60, 'M'],
    [seconds % 60, 'S'],
  ] as const;
  const [days = '', ...time] = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`));
  return `P${days}${time.join('') === '' ? '' : `T${time.join('')}`}`;
}

/** As programs on Windows take their command line apart: backslashes count only before a quote. */
function quoteArgument(word: string): string {
  if (/^[^\s"]+$/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
