import type { Command } from './command.ts';

export const check: Command = {
  name: 'check',
  summary: 'validate the configuration, then test every site, destination and mail server',
  description:
    'The configuration first, every problem at once. Then for each site: name, connection, TLS, credentials, ' +
    'permissions, version and clock; for each destination: whether it can be written to; for mail: whether the server accepts us.',
  options: {
    offline: {
      type: 'boolean',
      describe: 'only the configuration, the state, and what lies on this machine',
    },
    site: { type: 'string', placeholder: 'NAME', describe: 'only this site', completes: 'site' },
    destination: {
      type: 'string',
      placeholder: 'NAME',
      describe: 'only this destination',
      completes: 'destination',
    },
  },
  examples: [
    ['ic check', 'test everything'],
    ['ic check --offline', 'only the configuration, without a network'],
    ['ic check --site hq --json', 'one site, for a script'],
  ],
  exitCodes: [69, 74, 76, 77, 78],
  load: async () => (await import('./check-body.ts')).checkBody,
};
