import { posix } from 'node:path';
import { type ExampleSection, renderConfiguration } from '../../config/example.ts';
import { schema, schemaOfDestination } from '../../config/schema.ts';
import type { PlaceOfSecret } from '../../config/secrets.ts';
import {
  type Answers,
  type DestinationAnswers,
  type MailAnswers,
  mailServerValues,
  namesOf,
  type Secret,
  type SiteAnswers,
} from './answers.ts';

/** Turns a secret into what stands in its place in the configuration. */
export type WriteSecret = (secret: Secret, place: PlaceOfSecret) => string;

/** Where state and log go. */
export interface Places {
  readonly state: string;
  readonly log: string;
}

/** Beside the configuration; the whole machine's on UNIX has places of their own for them. */
export function placesFor(file: string): Places {
  if (file !== '/etc/ic/ic.ini') return { state: 'ic-state.db', log: 'ic.log' };
  return { state: posix.join('/var/lib/ic', 'ic-state.db'), log: posix.join('/var/log/ic', 'ic.log') };
}

/** The configuration that the answers come to, each of its keys explained. What is not answered yet is left out. */
export function renderAnswers(answers: Answers, places: Places, write: WriteSecret): string {
  const { site, destination, transfer, mail } = answers;
  const names = namesOf(answers);
  return renderConfiguration([
    ...(site === null
      ? []
      : [
          {
            ...schema.site,
            name: `site.${names.site}`,
            values: siteValues(`site.${names.site}`, site, write),
          },
        ]),
    ...(destination === null ? [] : [destinationSection(names.destination, destination, write)]),
    ...(transfer === null
      ? []
      : [
          {
            ...schema.transfer,
            name: `transfer.${names.transfer}`,
            values: { site: names.site, destination: names.destination, ...transfer },
          },
        ]),
    { ...schema.state, values: { path: places.state } },
    { ...schema.log, values: { file: places.log } },
    { ...schema.notify, values: {} },
    { ...schema.mail, values: mail === null ? {} : mailValues(mail, write) },
    { ...schema.webhook, values: {} },
    { ...schema.ping, values: {} },
    { ...schema.metrics, values: {} },
  ]);
}

function siteValues(
  section: string,
  { host, account, caFile, insecureHttp }: SiteAnswers,
  write: WriteSecret,
) {
  const [id, key] =
    account.type === 'api-account'
      ? (['client_id', 'client_secret'] as const)
      : (['username', 'password'] as const);
  return {
    host,
    [id]: account.id,
    [key]: write(account.secret, { section, key }),
    ...(caFile === null ? {} : { ca_file: caFile }),
    ...(insecureHttp ? { insecure_http: 'true' } : {}),
  };
}

function destinationSection(
  name: string,
  destination: DestinationAnswers,
  write: WriteSecret,
): ExampleSection {
  const { keys, help } = schemaOfDestination[destination.type];
  const section = `destination.${name}`;
  return {
    keys,
    help,
    name: section,
    values: { type: destination.type, ...valuesOf(section, destination, write) },
  };
}

function valuesOf(
  section: string,
  destination: DestinationAnswers,
  write: WriteSecret,
): Record<string, string> {
  switch (destination.type) {
    case 'file-system':
      return { directory: destination.directory };
    case 'sqlite':
      return { path: destination.path };
    case 'sql-server':
      return {
        connection_string: write(destination.connectionString, { section, key: 'connection_string' }),
      };
  }
}

function mailValues({ server, security, login, from, to }: MailAnswers, write: WriteSecret) {
  return {
    ...mailServerValues(server),
    security,
    ...(login === null
      ? {}
      : {
          username: login.username,
          password: write(login.password, { section: 'notify.mail', key: 'password' }),
        }),
    from,
    to,
  };
}
