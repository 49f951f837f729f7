import type { Command, OptionSpec } from './command.ts';

const what =
  'What it runs is ic pull --due --quiet, each minute: which transfers are due then is in the configuration (every, at), ' +
  'and nothing is installed anew when that changes. ';

function nameOption(of: string): OptionSpec {
  return { type: 'string', placeholder: 'NAME', describe: `${of} (default: ic), for a second configuration` };
}

export const scheduleCron: Command = {
  name: 'schedule cron',
  summary: 'print, or install, the crontab line that runs what is due',
  description:
    `${what}With --install, the lines go into the user’s crontab; those of an earlier --install for the same ` +
    'configuration are replaced, all others are left alone.',
  options: {
    install: { type: 'boolean', describe: 'put it into the crontab' },
    user: {
      type: 'string',
      placeholder: 'NAME',
      describe: 'whose crontab (default: that of whoever runs this; another’s takes root)',
    },
  },
  examples: [
    ['ic schedule cron', 'what to put into a crontab'],
    ['sudo ic schedule cron --install --user ic -c /etc/ic/ic.ini', 'let the user ic run it'],
  ],
  exitCodes: [74],
  load: async () => (await import('./schedule/cron-body.ts')).scheduleCronBody,
};

export const scheduleSystemd: Command = {
  name: 'schedule systemd',
  summary: 'print, or install, a systemd service and the timer that starts it',
  description:
    `${what}The service may write where the configuration says that ic writes, and nowhere else. With --install, the ` +
    'units go into /etc/systemd/system, missing directories are made for the user, and the timer is started.',
  options: {
    install: { type: 'boolean', describe: 'write the units, and start the timer' },
    user: {
      type: 'string',
      placeholder: 'NAME',
      describe: 'the user that the service runs as (default: whoever runs this)',
    },
    name: nameOption('what the units are called'),
    'unit-directory': {
      type: 'string',
      placeholder: 'DIR',
      describe: 'where --install writes the units (default: /etc/systemd/system)',
      completes: 'file',
    },
  },
  examples: [
    ['ic schedule systemd --user ic', 'the units, to look at'],
    ['sudo ic schedule systemd --install --user ic -c /etc/ic/ic.ini', 'install and start'],
  ],
  exitCodes: [74],
  load: async () => (await import('./schedule/systemd-body.ts')).scheduleSystemdBody,
};

export const scheduleWindows: Command = {
  name: 'schedule windows',
  summary: 'print, or install, a task for Windows’ Task Scheduler',
  description:
    `${what}The task runs whether or not anyone is logged on, never twice at once, and catches up after sleep. Without ` +
    '--user it runs as SYSTEM; a group managed service account (DOMAIN\\name$) or a service account of your own needs ' +
    'the right to log on as a batch job, and to read the configuration and its key.',
  options: {
    install: { type: 'boolean', describe: 'hand the task to Task Scheduler' },
    output: {
      type: 'string',
      alias: 'o',
      placeholder: 'FILE',
      describe: 'write the task to a file as schtasks takes it (UTF-16)',
      completes: 'file',
    },
    user: {
      type: 'string',
      placeholder: 'ACCOUNT',
      describe:
        'SYSTEM, LOCAL SERVICE, NETWORK SERVICE, DOMAIN\\gmsa$, or DOMAIN\\user, whose password schtasks asks for',
    },
    name: nameOption('what the task is called'),
    'time-limit': {
      type: 'string',
      placeholder: 'D',
      describe: 'end a run that takes longer (default: 3d); 0: never',
    },
  },
  examples: [
    [
      'ic schedule windows -o ic.xml --user CORP\\svc-ic$',
      'the task, to be imported with the line that this prints',
    ],
    ['ic schedule windows --install', 'install it, from an elevated prompt'],
  ],
  exitCodes: [74],
  load: async () => (await import('./schedule/windows-body.ts')).scheduleWindowsBody,
};
