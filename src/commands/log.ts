import type { Command } from './command.ts';

export const log: Command = {
  name: 'log',
  summary: 'show the log, filtered',
  description:
    'Shows the lines of the log file that the configuration names, with those of the files that were set aside, oldest ' +
    'first. With several filters a line must pass all of them.',
  options: {
    since: {
      type: 'string',
      placeholder: 'T',
      describe: 'from then on: 2026-11-01, 2026-11-01T10:00:00Z, 36h, 7d (ago), or UNIX time',
    },
    until: { type: 'string', placeholder: 'T', describe: 'up to then' },
    level: {
      type: 'string',
      placeholder: 'L',
      choices: ['error', 'warn', 'info', 'debug'],
      describe: 'this level and worse',
    },
    transfer: {
      type: 'string',
      placeholder: 'NAME',
      describe: 'only lines of this transfer, or of those that fit a pattern: ’emea-*’',
      completes: 'transfer',
    },
    run: {
      type: 'string',
      placeholder: 'ID',
      describe: 'only lines of this run; the beginning of its id will do',
    },
    lines: { type: 'string', alias: 'n', placeholder: 'N', describe: 'only the last N lines that fit' },
    follow: {
      type: 'boolean',
      alias: 'f',
      describe:
        'the last ten lines, then new ones as they are written, until interrupted; with --json a JSON object per line',
    },
  },
  examples: [
    ['ic log --since 24h --level warn', 'what went wrong since yesterday'],
    ['ic log --transfer hq-to-archive -n 50', 'the last lines of one transfer'],
    ['ic log --follow', 'watch what scheduled runs do'],
    ['ic log --run 5f0c2a91 --json', 'everything of one run, for a script'],
  ],
  exitCodes: [74],
  load: async () => (await import('./log-body.ts')).logBody,
};
