import type { Command } from './command.ts';

export const verify: Command = {
  name: 'verify',
  summary: 're-read an archive and compare it with what was delivered',
  description:
    'Reads each file that was delivered and compares its length and SHA-256 with the manifest; follows the manifest’s ' +
    'chain; for a database compares the content of each record’s rows with what was noted when it was delivered, and looks ' +
    'for rows and delivery records that were added or removed. Reads only, unless --repair or --seal is given.',
  positionals: [
    {
      name: 'DESTINATION',
      describe: 'names or patterns of destinations (default: all that can be verified)',
      required: false,
      variadic: true,
      completes: 'destination',
    },
  ],
  options: {
    sample: {
      type: 'string',
      placeholder: 'P',
      describe: 'only this part of the files, chosen at random: 5%, 0.1',
    },
    since: {
      type: 'string',
      placeholder: 'T',
      describe: 'only sessions that ended since: 2026-11-01, 36h, 7d (ago), or UNIX time',
    },
    until: { type: 'string', placeholder: 'T', describe: 'only sessions that ended until' },
    jobs: { type: 'string', alias: 'j', placeholder: 'N', describe: 'files read at once (default: 4)' },
    repair: {
      type: 'boolean',
      describe: 'owe again what is missing or damaged, so that the next pull fetches it',
    },
    seal: {
      type: 'boolean',
      describe:
        'note what the rows of databases hold as what was delivered: for records of version 0.1.0, or after a change that was intended',
    },
  },
  examples: [
    ['ic verify', 'every destination, every file'],
    ['ic verify archive --sample 5%', 'a quick look, for each night'],
    ['ic verify archive --since 2026-11-01 --json', 'a month, for an auditor’s script'],
    ['ic verify warehouse --seal', 'after rows were changed on purpose'],
    ['ic verify archive --repair', 'and let the next pull fetch again what is gone'],
  ],
  exitCodes: [69, 74],
  load: async () => (await import('./verify-body.ts')).verifyBody,
};
