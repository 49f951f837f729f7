import { dirname } from 'node:path';
import { type Kind, kinds } from '../platform/kinds.ts';
import type {
  Configuration,
  Credentials,
  DestinationConfig,
  FileSystemConfig,
  FileSystemKindConfig,
  KeyPlace,
  LogConfig,
  MailConfig,
  NotifyConfig,
  ProgramConfig,
  Site,
  Transfer,
} from './configuration.ts';
import type { ConfigurationDraft, DestinationDraft, FileSystemDraft } from './draft.ts';
import { complete } from './read-section.ts';
import { isKeyOfKind } from './schema/destination.ts';
import type { Values } from './schema/key.ts';
import type { schema } from './schema.ts';
import { secretPlacesOf, secretsOf, secretVariablesOf } from './secret-places.ts';
import { defaultFileNames, fileNameValuesIn, fileNameValuesOf } from './types/file-name.ts';
import { kindsHeldBy } from './types/kinds.ts';

type ValuesOf<N extends keyof typeof schema> = Values<(typeof schema)[N]['keys']>;

/** The configuration out of a draft in which no problem was found. */
export function buildConfiguration(
  file: string,
  draft: ConfigurationDraft,
  unclosedQuotes: readonly KeyPlace[],
): Configuration {
  const state = complete(draft.state);
  const secrets = secretsOf(draft);
  const around = {
    directory: dirname(file),
    workDirectory: dirname(state.path),
    secrets,
    secretVariables: secretVariablesOf(draft),
  };
  const destinations = mapByName(draft.destinations, (name, one) => buildDestination(name, one, around));
  return {
    file,
    sites: mapByName(draft.sites, (name, site) => buildSite(name, complete(site))),
    destinations,
    transfers: mapByName(draft.transfers, (name, one) => buildTransfer(name, complete(one), destinations)),
    state,
    log: buildLog(complete(draft.log)),
    notify: buildNotify(draft),
    metrics: complete(draft.metrics),
    secrets,
    secretPlaces: secretPlacesOf(draft),
    unclosedQuotes,
  };
}

function buildSite(name: string, values: ValuesOf<'site'>): Site {
  return {
    name,
    ...values.host,
    credentials: buildCredentials(values),
    backupPassword: values.backup_password,
    caFile: values.ca_file,
    proxy: values.proxy,
    insecureHttp: values.insecure_http,
    timeout: values.timeout,
    concurrency: values.concurrency,
    requestsPerSecond: values.requests_per_second,
    bandwidthLimit: values.bandwidth_limit,
    retries: values.retries,
    maxRecord: values.max_record,
    reportingPath: values.reporting_path,
    commandPath: values.command_path,
    backupPath: values.backup_path,
    tokenPath: values.token_path,
    emptyReportPattern: values.empty_report_pattern,
    backupPasswordField: values.backup_password_field,
    recordingQuery: recordingQueryOf(values),
  };
}

/** The rules have seen to it that one pair is there, and no part of the other. */
function buildCredentials(values: ValuesOf<'site'>): Credentials {
  return values.client_id === null
    ? { type: 'user-account', username: values.username ?? '', password: values.password ?? '' }
    : { type: 'api-account', clientId: values.client_id, clientSecret: values.client_secret ?? '' };
}

function recordingQueryOf(values: ValuesOf<'site'>): ReadonlyMap<Kind, URLSearchParams> {
  const byKind = new Map<Kind, URLSearchParams>();
  for (const kind of kinds) {
    const key = `recording_query.${kind}`;
    const query = key in values ? values[key as keyof typeof values & `recording_query.${string}`] : null;
    if (query !== null) byKind.set(kind, query);
  }
  return byKind;
}

/** What a program's configuration takes from around its section. */
type Around = Pick<ProgramConfig, 'directory' | 'workDirectory' | 'secrets' | 'secretVariables'>;

function buildDestination(name: string, draft: DestinationDraft, around: Around): DestinationConfig {
  switch (draft.type) {
    case 'file-system':
      return buildFileSystem(name, draft);
    case 'sql-server': {
      const values = complete(draft);
      const { connection_string: connectionString, store_system_information: storeSystemInformation } =
        values;
      return { type: draft.type, name, connectionString, storeSystemInformation };
    }
    case 'sqlite': {
      const { path, mode, group, store_system_information: storeSystemInformation } = complete(draft);
      return { type: draft.type, name, path, storeSystemInformation, sharing: { mode, group } };
    }
    case 'program': {
      const others = [...draft.entries.values()].filter(({ key }) => !Object.hasOwn(draft.keys, key));
      const settings = new Map(others.map(({ key, text }) => [key, text]));
      const { command, answer_timeout: answerTimeout } = complete(draft);
      return { type: draft.type, name, command, answerTimeout, settings, ...around };
    }
    case null:
      throw new TypeError(`[${draft.name}] has no type, which should have been reported`);
  }
}

function buildFileSystem(name: string, draft: FileSystemDraft): FileSystemConfig {
  const byKind = new Map<Kind, FileSystemKindConfig>();
  for (const kind of kinds) {
    const config = buildKind(kind, draft);
    if (config !== null) byKind.set(kind, config);
  }
  const { mode, group } = complete(draft);
  return { type: 'file-system', name, kinds: byKind, sharing: { mode, group } };
}

/** A kind's own keys, then those of the destination, then the kind's defaults; null for a kind without a directory. */
function buildKind(kind: Kind, draft: FileSystemDraft): FileSystemKindConfig | null {
  const general = complete(draft);
  const section = draft.kinds.get(kind);
  const own: Partial<ValuesOf<'kind'>> = section ? complete(section) : {};
  const directory = own.directory ?? general.directory;
  if (directory === null) return null;
  return {
    directory,
    fileName: own.file_name ?? generalFileName(general.file_name, kind) ?? defaultFileNames[kind],
    onConflict: own.on_conflict ?? general.on_conflict,
    format: isKeyOfKind('format', kind) ? (own.format ?? general.format) : null,
    retentionCount: isKeyOfKind('retention_count', kind)
      ? (own.retention_count ?? general.retention_count)
      : null,
  };
}

/** The destination's file name serves the kinds that have all of its values: backups have no `%LSID%`. */
function generalFileName(format: string | null, kind: Kind): string | null {
  const known: readonly string[] = fileNameValuesOf(kind);
  return format !== null && fileNameValuesIn(format).every((value) => known.includes(value)) ? format : null;
}

function buildTransfer(
  name: string,
  values: ValuesOf<'transfer'>,
  destinations: ReadonlyMap<string, DestinationConfig>,
): Transfer {
  const { site, destination, data, start, every, at, overlap, sweep, settle } = values;
  return {
    name,
    site,
    destination,
    data: data === 'all' ? allKindsOf(destinations.get(destination)) : data,
    start,
    every,
    at,
    overlap,
    sweep,
    settle,
    abandonOpenAfter: values.abandon_open_after,
    forgetAbandonedAfter: values.forget_abandoned_after,
    giveUpAfter: values.give_up_after,
  };
}

/** Every kind that a destination can hold, in the usual order: those that have a directory, for an archive of files. */
export function allKindsOf(destination: DestinationConfig | undefined): readonly Kind[] {
  if (!destination) return [];
  return destination.type === 'file-system' ? [...destination.kinds.keys()] : kindsHeldBy[destination.type];
}

function buildLog(values: ValuesOf<'log'>): LogConfig {
  const { file, level, format, max_size: maxSize, retention_days: retentionDays } = values;
  return { file, level, format, maxSize, retentionDays };
}

function buildNotify({ notify, mail, webhook, ping }: ConfigurationDraft): NotifyConfig {
  const { url, format } = complete(webhook);
  const pingUrl = complete(ping).url;
  return {
    on: new Set(complete(notify).on),
    mail: buildMail(complete(mail)),
    webhook: url === null ? null : { url, format },
    ping: pingUrl === null ? null : { url: pingUrl },
  };
}

const usualPorts = { none: 25, starttls: 587, tls: 465 } as const;

function buildMail(values: ValuesOf<'mail'>): MailConfig | null {
  const { server, port, security, username, password, from, to, ca_file: caFile } = values;
  if (server === null || from === null || to === null) return null;
  return { server, port: port ?? usualPorts[security], security, username, password, from, to, caFile };
}

function mapByName<A, B>(
  map: ReadonlyMap<string, A>,
  build: (name: string, value: A) => B,
): ReadonlyMap<string, B> {
  return new Map(Array.from(map, ([name, value]) => [name, build(name, value)]));
}
