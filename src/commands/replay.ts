import type { Command } from './command.ts';

export const replay: Command = {
  name: 'replay',
  summary: 'deliver session XML saved earlier, without asking an appliance',
  description:
    'Reads reports that were saved as files (also gzip; - is standard input). Without --to it shows what they hold, ' +
    'writes nothing and needs no configuration. Replaying a file twice changes nothing.',
  positionals: [
    {
      name: 'FILE',
      describe: 'session XML, also gzip; - is standard input',
      required: true,
      variadic: true,
      completes: 'file',
    },
  ],
  options: {
    to: {
      type: 'string',
      placeholder: 'DESTINATION',
      describe: 'deliver into this destination',
      completes: 'destination',
    },
    site: {
      type: 'string',
      placeholder: 'NAME',
      describe: 'the site that the files came from; serves recordings when --data asks for them',
      completes: 'site',
    },
    host: { type: 'string', placeholder: 'NAME', describe: 'the appliance’s host, when no site is named' },
    data: {
      type: 'string',
      placeholder: 'KINDS',
      describe: 'what to deliver (default: sessions)',
      completes: 'kind',
    },
  },
  examples: [
    ['ic replay report.xml', 'show what a file holds, a row per session'],
    ['ic replay --json report.xml.gz', 'the sessions as JSON'],
    ['ic replay *.xml --to warehouse --site hq', 'fill a database from files'],
    [
      'ic replay old.xml --to archive --site hq --data sessions,session-recordings',
      'and fetch the recordings of those sessions',
    ],
  ],
  exitCodes: [3, 69, 74, 76, 77],
  load: async () => (await import('./replay-body.ts')).replayBody,
};
