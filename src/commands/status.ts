import type { Command } from './command.ts';

export const status: Command = {
  name: 'status',
  summary: 'what each transfer has done, is owed, and when it is due',
  description:
    'Reads the state alone, and asks no network. Of a transfer that fails or is owed something it gives the reason and the remedy, ' +
    'of one that runs since when, in which process, and how far it is.',
  positionals: [
    {
      name: 'TRANSFER',
      describe: 'names or patterns of transfers, such as ’emea-*’ (default: all)',
      required: false,
      variadic: true,
      completes: 'transfer',
    },
  ],
  options: {
    failing: {
      type: 'boolean',
      describe:
        'only transfers that need a look: failed, partial, overdue, never run, or owed something for too long',
    },
    'max-age': {
      type: 'string',
      placeholder: 'D',
      describe:
        'exit 3 when a transfer’s last success is older than this (2h); with --format nagios: critical',
    },
    format: {
      type: 'string',
      placeholder: 'FORMAT',
      choices: ['nagios'],
      describe:
        'nagios: one line with performance data, and the exit codes of a plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN',
    },
    html: {
      type: 'string',
      placeholder: 'FILE',
      describe:
        'write a self-contained page with charts of the run history; -: to standard output, in place of the table',
      completes: 'file',
    },
  },
  examples: [
    ['ic status', 'every transfer'],
    ['ic status "emea-*" --failing', 'those of some sites that need a look'],
    ['ic status --max-age 2h --quiet', 'for monitoring'],
    ['ic status --max-age 2h --format nagios', 'for Nagios and Icinga'],
    ['ic status --html status.html', 'a page to look at'],
  ],
  exitCodes: [3, 74],
  load: async () => (await import('./status-body.ts')).statusBody,
};
