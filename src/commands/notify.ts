import type { Command } from './command.ts';

export const notifyTest: Command = {
  name: 'notify test',
  summary: 'send a test notification through every configured channel',
  description:
    'Sends a mail, posts to the webhook and pings the monitor, as far as each is configured, whatever on says, and tells ' +
    'of each whether it was taken. The state is neither read nor changed.',
  examples: [
    ['ic notify test', 'after writing [notify.mail]'],
    ['ic notify test --json', 'for a script'],
  ],
  exitCodes: [69, 76, 77, 78],
  load: async () => (await import('./notify-test-body.ts')).notifyTestBody,
};
