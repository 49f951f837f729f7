import type { Keys } from '../../config/schema/key.ts';
import { schema } from '../../config/schema.ts';

/** What a person, or flags, have said so far. Texts are as they stand in a configuration. */
export interface Answers {
  readonly site: SiteAnswers | null;
  readonly destination: DestinationAnswers | null;
  readonly transfer: TransferAnswers | null;
  readonly mail: MailAnswers | null;
}

export interface SiteAnswers {
  readonly host: string;
  readonly caFile: string | null;
  readonly insecureHttp: boolean;
  readonly account: Account;
}

export interface Account {
  readonly type: 'api-account' | 'user-account';
  /** The client ID, or the user's name. */
  readonly id: string;
  readonly secret: Secret;
}

export interface Secret {
  readonly text: string;
  /** `${env:NAME}` or `${file:PATH}`, when that is to stand in the configuration; else it is encrypted. */
  readonly reference: string | null;
}

export type DestinationAnswers =
  | { readonly type: 'file-system'; readonly directory: string }
  | { readonly type: 'sqlite'; readonly path: string }
  | { readonly type: 'sql-server'; readonly connectionString: Secret };

export interface TransferAnswers {
  readonly data: string;
  readonly every: string;
  readonly start: string;
}

export interface MailAnswers {
  /** With `:port`, if it is not the usual one. */
  readonly server: string;
  readonly security: string;
  readonly login: { readonly username: string; readonly password: Secret } | null;
  readonly from: string;
  readonly to: string;
}

export const noAnswers: Answers = { site: null, destination: null, transfer: null, mail: null };

/** What the sections are called: after the host and the type of the destination. */
export function namesOf({ site, destination }: Answers) {
  const [label = ''] = (site?.host ?? '').split('.');
  const siteName = /^[A-Za-z][A-Za-z0-9_-]*$/.test(label) && label !== 'localhost' ? label : 'appliance';
  const destinationName = destination?.type === 'file-system' ? 'archive' : 'database';
  return { site: siteName, destination: destinationName, transfer: `${siteName}-to-${destinationName}` };
}

/** What is pulled unless something else is said. */
export function usualData(destination: DestinationAnswers): string {
  return destination.type === 'file-system' ? 'sessions, session-recordings' : 'sessions';
}

/** Throws `InvalidValue` for a text that a key of the schema does not take. */
export function checkValue(section: keyof typeof schema, key: string, text: string): void {
  const keys: Keys = schema[section].keys;
  // What is filled in later cannot be looked at now.
  if (!text.includes('${')) keys[key]?.type.parse(text, { directory: '/' });
}

/** Throws `InvalidValue` for what is no mail server. */
export function checkMailServer(text: string): void {
  for (const [key, value] of Object.entries(mailServerValues(text))) checkValue('mail', key, value);
}

/** The keys that `server` or `server:port` come to. */
export function mailServerValues(text: string): Record<string, string> {
  const [, server = text, port] = /^(.+?)(?::(\d+))?$/.exec(text) ?? [];
  return { server, ...(port === undefined ? {} : { port }) };
}
