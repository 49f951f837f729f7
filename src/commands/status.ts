import type { Command } from './command.ts';

export const status: Command = {
  name: 'status',
  summary: 'what each transfer has done, is owed, and when it is due',
  options: {
    'max-age': {
      type: 'string',
      placeholder: 'D',
      describe: 'exit 3 when a transfer’s last success is older than this (2h)',
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
    ['ic status', 'a row per transfer and kind'],
    ['ic status --max-age 2h --quiet', 'for monitoring'],
    ['ic status --html status.html', 'a page to look at'],
  ],
  exitCodes: [3, 74],
  load: async () => (await import('./status-body.ts')).statusBody,
};
