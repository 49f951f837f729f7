import { emptyReportPattern } from '../types/empty-report.ts';
import { host, proxy, queryParameters, urlPath } from '../types/network.ts';
import { path } from '../types/path.ts';
import { boolean, decimal, integer, text } from '../types/plain.ts';
import { duration, rate, recordSize } from '../types/quantities.ts';
import { defaulted, optional, required } from './key.ts';
import { credentialsInUrl, whole } from './secret-parts.ts';

const query = (of: string) =>
  optional(
    queryParameters,
    `More parameters for the request for ${of}, for appliances that want some: \`name=value\`, several joined by \`&\`.`,
  );

/** `[site.NAME]`: an appliance. */
export const siteKeys = {
  host: required(
    host,
    "The appliance's host name, without `https://`. It is also the `host_name` of database rows, without the port.",
    { example: 'support.example.com' },
  ),
  client_id: optional(text, 'The OAuth client ID of an API account (appliance 16.1 and later).', {
    note: 'required with `client_secret`',
    example: '4f0d2ec1c0f84d3b9f1d',
  }),
  client_secret: optional(text, 'The OAuth client secret of the API account.', {
    secret: whole,
    note: 'required with `client_id`',
    example: '${env:IC_HQ_SECRET}',
  }),
  username: optional(text, 'A user account, for appliances before 16.1, instead of the API account.', {
    note: 'required with `password`',
  }),
  password: optional(text, 'The password of the user account.', {
    secret: whole,
    note: 'required with `username`',
  }),
  backup_password: optional(
    text,
    'Protects the backups: the appliance encrypts them with it, and asks for it when one is restored.',
    { secret: whole },
  ),
  ca_file: optional(
    path,
    "Certificates (PEM) that are trusted besides those of this machine: a company's own authority, or the appliance's.",
  ),
  proxy: optional(
    proxy,
    'The HTTP proxy on the way to the appliance: `http://proxy.example.com:3128`. Empty: what `HTTPS_PROXY` and `NO_PROXY` say.',
    { secret: credentialsInUrl },
  ),
  insecure_http: defaulted(
    boolean,
    'false',
    'Speak HTTP without encryption. Only for a test appliance on this machine (localhost, 127.0.0.1, [::1]).',
  ),
  timeout: defaulted(
    duration('1s', '1d'),
    '60s',
    'How long the appliance may be silent. There is no limit on how long a report or a download takes as a whole.',
  ),
  concurrency: defaulted(
    integer(1, 256),
    '4',
    'Downloads of recordings at once, over all transfers of the site.',
  ),
  requests_per_second: defaulted(
    decimal(0.01, 10_000),
    '5',
    'Requests that begin per second, over all transfers of the site.',
  ),
  bandwidth_limit: optional(
    rate,
    'Bytes per second for all downloads of the site together, such as `2MB`. Empty: no limit.',
  ),
  retries: defaulted(
    integer(0, 100),
    '4',
    'How often a request that failed for a passing reason is tried again, with growing pauses.',
  ),
  max_record: defaulted(
    recordSize,
    '256MB',
    'The longest session or presentation, in bytes of its XML. A longer one is refused and owed; a run needs up to three times this much memory for one.',
  ),
  reporting_path: defaulted(
    urlPath,
    '/api/reporting',
    'Where the reporting API is. Old releases: `/api/reporting.ns`.',
  ),
  command_path: defaulted(urlPath, '/api/command', 'Where the command API is.'),
  backup_path: defaulted(urlPath, '/api/backup', 'Where the backup API is.'),
  token_path: defaulted(urlPath, '/oauth2/token', 'Where access tokens are given out.'),
  empty_report_pattern: optional(
    emptyReportPattern,
    'A regular expression, regardless of case, for a text by which your appliance says that nothing was found, besides the texts that `ic` knows. Anything else that an appliance reports as an error is a failure.',
  ),
  backup_password_field: optional(
    text,
    'The form field that carries `backup_password`. Empty: it goes as JSON, as current releases want it.',
  ),
  'recording_query.session-recordings': query('session recordings'),
  'recording_query.command-shell-recordings': query('command shell recordings'),
  'recording_query.show-my-screen-recordings': query('Show My Screen recordings'),
  'recording_query.presentation-recordings': query('presentation recordings'),
} as const;
