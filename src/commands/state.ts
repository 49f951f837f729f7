import type { Command, Positional } from './command.ts';

const transfer: Positional = {
  name: 'TRANSFER',
  describe: 'a transfer of the configuration or of the state',
  required: true,
  variadic: false,
  completes: 'transfer',
};

export const stateShow: Command = {
  name: 'state show',
  summary: 'look at the state: watermarks, open sessions, what is owed',
  positionals: [{ ...transfer, required: false }],
  examples: [
    ['ic state show', 'every transfer'],
    ['ic state show hq-to-archive --json', 'one, for a script'],
  ],
  exitCodes: [74],
  load: async () => (await import('./state-body.ts')).showBody,
};

export const stateRewind: Command = {
  name: 'state rewind',
  summary: 'set a watermark back, so that the next pull looks again from there',
  positionals: [transfer],
  options: {
    to: {
      type: 'string',
      placeholder: 'T',
      describe: 'the new watermark: 2026-11-01, 2026-11-01T10:00:00Z, 36h, 7d (ago), or UNIX time',
    },
    data: { type: 'string', placeholder: 'KINDS', describe: 'only these kinds', completes: 'kind' },
  },
  examples: [
    [
      'ic state rewind hq-to-archive --to 7d',
      'look again at the last week; what is stored already stays as it is',
    ],
  ],
  exitCodes: [74, 75],
  load: async () => (await import('./state-body.ts')).rewindBody,
};

export const stateForget: Command = {
  name: 'state forget',
  summary: 'forget a transfer: its watermark, ledger and what it owes',
  description:
    'The next pull asks the destination how far the transfer came by its own records, and goes on from there; where they ' +
    'say nothing, it begins at the transfer’s start. What the destination holds is recognised.',
  positionals: [transfer],
  examples: [
    [
      'ic state forget hq-to-archive',
      'after an older copy of the archive was restored: the next pull fetches what came since',
    ],
  ],
  exitCodes: [74, 75],
  load: async () => (await import('./state-body.ts')).forgetBody,
};

export const stateRename: Command = {
  name: 'state rename',
  summary: 'have a transfer, site or destination go on under a new name',
  description:
    'The configuration is changed first. A pull sees by itself that a name has changed where it can be known: by the ' +
    'site’s host, the destination’s own records, and the ends of a transfer. Where it cannot, this command says it. ' +
    'Watermarks, and what is owed, stay; no destination is touched, whose records follow with the next pull.',
  positionals: [
    {
      name: 'OLD',
      describe: 'the name that the state knows, and the configuration no longer has',
      required: true,
      variadic: false,
    },
    { name: 'NEW', describe: 'the name in the configuration', required: true, variadic: false },
  ],
  options: {
    of: {
      type: 'string',
      placeholder: 'WHAT',
      choices: ['transfer', 'site', 'destination'],
      describe: 'what is renamed, where the state has several of the name',
    },
  },
  examples: [
    ['ic state rename hq-to-archive hq-evidence', 'a transfer goes on under a new name'],
    ['ic state rename hq headquarters --of site', 'a site, with all of its transfers'],
  ],
  exitCodes: [74, 75],
  load: async () => (await import('./state-rename-body.ts')).renameBody,
};
