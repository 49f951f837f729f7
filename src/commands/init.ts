import type { Command } from './command.ts';

const secretSources = (what: string) =>
  ({
    env: { type: 'string', placeholder: 'NAME', describe: `${what}: the environment variable that holds it` },
    file: {
      type: 'string',
      placeholder: 'FILE',
      describe: `${what}: the file that holds it; - is standard input`,
      completes: 'file',
    },
  }) as const;

const clientSecret = secretSources('the API account’s secret');
const password = secretSources('the user account’s password');
const connectionString = secretSources('a SQL Server destination’s connection string');
const mailPassword = secretSources('the mail server’s password');

export const init: Command = {
  name: 'init',
  summary: 'write a commented configuration, asking on a terminal',
  description:
    'Asks for a site, a destination, what to pull and how often, and whom to mail; tries each answer at once; and writes a ' +
    'configuration that ic check passes, for its owner alone, secrets encrypted. Flags are proposals for the answers; ' +
    'with --yes they are the answers, and nothing is asked. A file that is there already is never written to, and ' +
    'Ctrl-C leaves nothing behind.',
  options: {
    yes: { type: 'boolean', alias: 'y', describe: 'ask nothing: take the flags, and defaults for the rest' },
    offline: { type: 'boolean', describe: 'do not try whether the answers work' },
    host: { type: 'string', placeholder: 'HOST', describe: 'the appliance’s host name, without https://' },
    'client-id': { type: 'string', placeholder: 'ID', describe: 'the API account’s OAuth client ID' },
    'client-secret-env': clientSecret.env,
    'client-secret-file': clientSecret.file,
    username: {
      type: 'string',
      placeholder: 'NAME',
      describe: 'a user account, for appliances before 16.1, instead of an API account',
    },
    'password-env': password.env,
    'password-file': password.file,
    'ca-file': {
      type: 'string',
      placeholder: 'FILE',
      describe: 'certificates (PEM) to trust besides those of this machine',
      completes: 'file',
    },
    'insecure-http': {
      type: 'boolean',
      describe: 'HTTP without encryption, for a test appliance on this machine',
    },
    directory: {
      type: 'string',
      placeholder: 'DIR',
      describe: 'an archive of files, in this directory',
      completes: 'file',
    },
    sqlite: {
      type: 'string',
      placeholder: 'FILE',
      describe: 'a SQLite database, in this file',
      completes: 'file',
    },
    'connection-string-env': connectionString.env,
    'connection-string-file': connectionString.file,
    data: { type: 'string', placeholder: 'KINDS', describe: 'what to pull, or all', completes: 'kind' },
    every: { type: 'string', placeholder: 'D', describe: 'how often (default: 15m)' },
    start: {
      type: 'string',
      placeholder: 'D',
      describe: 'how far back the first pull reaches (default: 30d)',
    },
    'mail-server': {
      type: 'string',
      placeholder: 'HOST',
      describe: 'where mail about failures is handed in; :PORT if it is not the usual one',
    },
    'mail-security': {
      type: 'string',
      placeholder: 'HOW',
      choices: ['none', 'starttls', 'tls'],
      describe: 'how the connection to it is encrypted (default: starttls)',
    },
    'mail-username': {
      type: 'string',
      placeholder: 'NAME',
      describe: 'for a mail server that wants a login',
    },
    'mail-password-env': mailPassword.env,
    'mail-password-file': mailPassword.file,
    'mail-from': { type: 'string', placeholder: 'ADDRESS', describe: 'who the mail comes from' },
    'mail-to': { type: 'string', placeholder: 'ADDRESSES', describe: 'who gets it, comma separated' },
    references: {
      type: 'boolean',
      describe: 'write ${env:NAME} and ${file:PATH} for the secrets instead of encrypting them',
    },
  },
  examples: [
    ['ic init', 'answer some questions, get ./ic.ini'],
    ['sudo ic init -c /etc/ic/ic.ini', 'for the whole machine'],
    [
      'ic init --yes --host support.example.com --client-id 4f0d --client-secret-file secret --directory /srv/ic',
      'without a terminal',
    ],
  ],
  exitCodes: [69, 74, 76, 77],
  load: async () => (await import('./init-body.ts')).initBody,
};
