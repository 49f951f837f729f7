import type { Command } from './command.ts';

export const pull: Command = {
  name: 'pull',
  summary: 'one incremental pull of each named transfer (default: all)',
  description:
    'Asks each transfer’s site for what has ended since the last pull, puts it into the destination, and moves the ' +
    'watermark when the destination has confirmed. Transfers run side by side; one that fails does not hold back another.',
  positionals: [
    {
      name: 'TRANSFER',
      describe: 'names or patterns of transfers, such as ’emea-*’',
      required: false,
      variadic: true,
      completes: 'transfer',
    },
  ],
  options: {
    since: {
      type: 'string',
      placeholder: 'T',
      describe:
        'this window instead; the watermark does not move. 2026-11-01, 2026-11-01T10:00:00Z, 36h, 7d (ago), or UNIX time',
    },
    until: { type: 'string', placeholder: 'T', describe: 'the window’s end (default: now)' },
    session: { type: 'strings', placeholder: 'LSID', describe: 'just this session; may be repeated' },
    data: {
      type: 'string',
      placeholder: 'KINDS',
      describe: 'only these kinds, out of the transfer’s',
      completes: 'kind',
    },
    site: {
      type: 'string',
      placeholder: 'NAME',
      describe: 'with --to: an ad-hoc transfer from this site',
      completes: 'site',
    },
    to: {
      type: 'string',
      placeholder: 'DESTINATION',
      describe: 'with --site: where the ad-hoc transfer goes',
      completes: 'destination',
    },
    due: { type: 'boolean', describe: 'only transfers that are due by their schedule; none due: exit 0' },
    'dry-run': {
      type: 'boolean',
      describe: 'ask the appliance and say what would be delivered; write nothing',
    },
    'wait-lock': {
      type: 'string',
      placeholder: 'D',
      describe: 'wait this long for a transfer that another run holds (30s, 5m)',
    },
    'fail-on-empty': { type: 'boolean', describe: 'exit 3 when nothing was delivered' },
  },
  examples: [
    ['ic pull', 'pull every transfer'],
    ['ic pull --due --quiet', 'what cron runs every minute'],
    ['ic pull hq-to-archive --since 7d', 'offer the last week again; what is there already stays as it is'],
    [
      'ic pull --site hq --to archive --data sessions --session 4b1f0c6a9d8e47f2a35c7710be92d3e8',
      'fetch one session, without a transfer',
    ],
    ['ic pull --dry-run --json', 'what a pull would deliver, for a script'],
  ],
  exitCodes: [3, 69, 74, 75, 76, 77],
  load: async () => (await import('./pull-body.ts')).pullBody,
};
