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
  positionals: [transfer],
  examples: [
    [
      'ic state forget hq-to-archive',
      'the next pull begins at the transfer’s start; what the destination holds is recognised',
    ],
  ],
  exitCodes: [74, 75],
  load: async () => (await import('./state-body.ts')).forgetBody,
};
