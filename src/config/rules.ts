import type { Kind } from '../platform/kinds.ts';
import { isLoopback } from '../platform/loopback.ts';
import type { ConfigurationDraft, FileSystemDraft } from './draft.ts';
import { nearest } from './nearest.ts';
import type { Problems } from './problem.ts';
import { type Draft, isGiven, placeIn } from './read-section.ts';
import { whyEmpty } from './references.ts';
import type { Keys } from './schema/key.ts';
import type { schema } from './schema.ts';
import { fileNameValuesIn, fileNameValuesOf } from './types/file-name.ts';
import { kindsHeldBy } from './types/kinds.ts';

const secondsInDay = 86_400;

/** What has to hold between keys and between sections. */
export function checkRules(draft: ConfigurationDraft, problems: Problems): void {
  for (const site of draft.sites.values()) {
    checkCredentials(site, problems);
    checkEncryption(site, problems);
  }
  for (const destination of draft.destinations.values()) {
    if (destination.type === 'file-system') checkFileNames(destination, problems);
  }
  for (const transfer of draft.transfers.values()) {
    checkEnds(transfer, draft, problems);
    checkKinds(transfer, draft, problems);
    checkSchedule(transfer, problems);
  }
  checkMail(draft.mail, problems);
}

type SiteDraft = Draft<typeof schema.site.keys>;
type TransferDraft = Draft<typeof schema.transfer.keys>;

function checkCredentials(site: SiteDraft, problems: Problems): void {
  const account = isGiven(site, 'client_id') || isGiven(site, 'client_secret');
  const user = isGiven(site, 'username') || isGiven(site, 'password');
  if (account && user) {
    problems.add({
      ...placeIn(site, isGiven(site, 'username') ? 'username' : 'password'),
      value: null,
      message: 'stands beside client_id and client_secret: one way to sign in is enough',
      remedy: 'Keep client_id and client_secret (appliance 16.1 and later), or username and password.',
    });
  } else if (account) {
    checkPair(site, 'client_id', 'client_secret', problems);
  } else if (user) {
    checkPair(site, 'username', 'password', problems);
  } else {
    problems.add({
      ...placeIn(site, 'client_id'),
      ...(whyEmpty(site.entries.get('client_id')) ?? {
        message: 'is missing: the site has no credentials',
        remedy: 'Write client_id and client_secret of an API account, or username and password before 16.1.',
      }),
    });
  }
}

function checkPair(section: Draft<Keys>, first: string, second: string, problems: Problems): void {
  const missing = [first, second].filter((key) => !isGiven(section, key));
  for (const key of missing.length === 1 ? missing : []) {
    const other = key === first ? second : first;
    problems.add({
      ...placeIn(section, key),
      ...(whyEmpty(section.entries.get(key)) ?? {
        message: `is missing: ${other} needs it`,
        remedy: `Write ${key} = …`,
      }),
    });
  }
}

function checkEncryption(site: SiteDraft, problems: Problems): void {
  const { insecure_http: insecure, host } = site.values;
  if (!insecure || !host || isLoopback(host.hostName)) return;
  problems.add({
    ...placeIn(site, 'insecure_http', site.keys.insecure_http),
    message: 'would send credentials and sessions over the network unencrypted',
    remedy:
      'Remove it: it is for a test appliance on this machine. For a certificate of your own, set ca_file.',
  });
}

function checkFileNames(destination: FileSystemDraft, problems: Problems): void {
  for (const [kind, section] of destination.kinds) {
    const format = section.values.file_name;
    const known: readonly string[] = fileNameValuesOf(kind);
    const foreign = fileNameValuesIn(format ?? '').find((value) => !known.includes(value));
    if (foreign === undefined) continue;
    const close = nearest(foreign, known);
    problems.add({
      ...placeIn(section, 'file_name', section.keys.file_name),
      message: `holds %${foreign}%, which ${kind} do not have`,
      remedy: `Use ${known.map((value) => `%${value}%`).join(', ')}.`,
      nearest: close === null ? null : `%${close}%`,
    });
  }
}

function checkEnds(transfer: TransferDraft, draft: ConfigurationDraft, problems: Problems): void {
  for (const [key, family] of [
    ['site', draft.sites],
    ['destination', draft.destinations],
  ] as const) {
    const name = transfer.values[key];
    if (name === undefined || family.has(name)) continue;
    const close = nearest(name, family.keys());
    const known =
      family.size === 0 ? `There is no [${key}.NAME] yet.` : `There is ${[...family.keys()].join(', ')}.`;
    problems.add({
      ...placeIn(transfer, key),
      message: `names a ${key} that is not in the configuration`,
      remedy: close === null ? known : `Did you mean ${close}?`,
      nearest: close,
    });
  }
}

function checkKinds(transfer: TransferDraft, draft: ConfigurationDraft, problems: Problems): void {
  const { data, destination: name } = transfer.values;
  const destination = draft.destinations.get(name ?? '');
  if (!data || !destination?.type) return;
  const held = kindsHeldBy[destination.type];
  const foreign = data === 'all' ? [] : data.filter((kind) => !held.includes(kind));
  if (foreign.length > 0) {
    problems.add({
      ...placeIn(transfer, 'data'),
      message: `asks for ${foreign.join(', ')}, which a destination of type ${destination.type} cannot hold`,
      remedy: `Leave it out: ${name} holds ${held.join(', ')}. A file-system destination holds everything.`,
    });
  }
  if (destination.type === 'file-system') checkDirectories(transfer, destination, problems);
}

function checkDirectories(transfer: TransferDraft, destination: FileSystemDraft, problems: Problems): void {
  const { data } = transfer.values;
  const has = (kind: Kind) => isGiven(destination, 'directory') || isGivenFor(kind, destination);
  const lacking = data === 'all' ? [] : (data ?? []).filter((kind) => !has(kind));
  const nowhere = data === 'all' && !kindsHeldBy['file-system'].some(has);
  if (lacking.length === 0 && !nowhere) return;
  problems.add({
    ...placeIn(destination, 'directory', destination.keys.directory),
    message: `is missing: [${transfer.name}] brings ${nowhere ? 'everything' : lacking.join(', ')}`,
    remedy: `Write directory = … into [${destination.name}]${nowhere ? '' : `, or into [${destination.name}.${lacking[0]}]`}.`,
  });
}

function isGivenFor(kind: Kind, { kinds }: FileSystemDraft): boolean {
  const section = kinds.get(kind);
  return section !== undefined && isGiven(section, 'directory');
}

function checkSchedule(transfer: TransferDraft, problems: Problems): void {
  const { at, every } = transfer.values;
  if (at === undefined || at === null || every === undefined || every % secondsInDay === 0) return;
  problems.add({
    ...placeIn(transfer, 'at', transfer.keys.at),
    message: 'is for an every in whole days',
    remedy: 'Write every = 1d (up to 7d) beside it, or remove at.',
  });
}

function checkMail(mail: ConfigurationDraft['mail'], problems: Problems): void {
  const used = ['server', 'from', 'to', 'username', 'password'].some((key) => isGiven(mail, key));
  for (const key of used ? (['server', 'from', 'to'] as const) : []) {
    if (isGiven(mail, key)) continue;
    problems.add({
      ...placeIn(mail, key),
      value: null,
      ...(whyEmpty(mail.entries.get(key)) ?? {
        message: 'is missing',
        remedy: `Write ${key} = ${mail.keys[key].example}, or remove the section.`,
      }),
    });
  }
  checkPair(mail, 'username', 'password', problems);
}
