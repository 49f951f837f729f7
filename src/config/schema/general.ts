import { mailAddress, mailAddresses } from '../types/mail.ts';
import { hostWithoutPort, url } from '../types/network.ts';
import { path } from '../types/path.ts';
import { choice, choices, integer, text } from '../types/plain.ts';
import { size } from '../types/quantities.ts';
import { defaulted, optional, switchable } from './key.ts';
import { address, whole } from './secret-parts.ts';

export const stateKeys = {
  path: defaulted(
    path,
    'ic-state.db',
    'What `ic` remembers: watermarks, what was delivered, what is owed. Keep it on a disk of this machine.',
  ),
} as const;

export const logKeys = {
  file: switchable(
    path,
    'ic.log',
    'The log file. Left empty: no file, the log goes to standard error alone.',
  ),
  level: defaulted(choice(['error', 'warn', 'info', 'debug']), 'info', 'The least that is logged.'),
  format: defaulted(choice(['text', 'json']), 'text', 'Lines for people, or a JSON object in each line.'),
  max_size: defaulted(size, '10MB', 'The size at which a new file is begun.'),
  retention_days: defaulted(integer(1, 36_500), '30', 'Days after which old log files are removed.'),
} as const;

export const notifyKeys = {
  on: defaulted(
    choices(['failure', 'recovery', 'success']),
    'failure, recovery',
    'When mail and webhook are sent. A ping goes out for every run.',
  ),
} as const;

export const mailKeys = {
  server: optional(hostWithoutPort, 'The mail server. Empty: no mail.', { example: 'mail.example.com' }),
  port: optional(integer(1, 65_535), "The mail server's port.", {
    note: '587; 465 with `security = tls`; 25 with `security = none`',
  }),
  security: defaulted(
    choice(['none', 'starttls', 'tls']),
    'starttls',
    '`starttls`: encrypted after a greeting, or not at all sent. `tls`: encrypted from the start. `none`: in the clear.',
  ),
  username: optional(text, 'For a server that wants a login.', { note: 'required with `password`' }),
  password: optional(text, 'The password of the login.', { secret: whole, note: 'required with `username`' }),
  from: optional(mailAddress, 'Who the mail comes from.', {
    note: 'required with `server`',
    example: 'ic <ic@example.com>',
  }),
  to: optional(
    mailAddresses,
    'Who gets it: addresses, or `Name <address>`. A name with a comma in it stands in double quotes.',
    { note: 'required with `server`', example: 'it@example.com' },
  ),
  ca_file: optional(
    path,
    "Certificates (PEM) that are trusted besides those of this machine, for the mail server's.",
  ),
} as const;

export const webhookKeys = {
  url: optional(url, "Where the run's JSON summary is posted. Empty: nowhere.", {
    secret: address,
    example: '${env:IC_WEBHOOK_URL}',
  }),
  format: defaulted(
    choice(['json', 'teams', 'slack']),
    'json',
    'The summary itself, or a message as Microsoft Teams or Slack take it.',
  ),
} as const;

export const pingKeys = {
  url: optional(
    url,
    'A monitor in the manner of healthchecks.io: URL/start when a run begins, then URL, or URL/fail. Empty: none.',
    { secret: address, example: '${env:IC_PING_URL}' },
  ),
} as const;

export const metricsKeys = {
  textfile: optional(
    path,
    "A file for Prometheus' textfile collector, replaced whole after each run. Empty: none.",
    {
      example: '/var/lib/node_exporter/textfile/ic.prom',
    },
  ),
} as const;
