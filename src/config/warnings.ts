import { stat } from 'node:fs/promises';
import { type Kind, kinds } from '../platform/kinds.ts';
import { isLoopback } from '../platform/loopback.ts';
import type { Configuration, FileSystemKindConfig, Transfer } from './configuration.ts';
import { keyFileOf } from './key-file.ts';
import { fileNameValuesIn } from './types/file-name.ts';

/** Something in a configuration that works, and that its author may not have meant. Holds no secret. */
export interface ConfigurationWarning {
  /** Without brackets; null for the file as a whole. */
  readonly section: string | null;
  readonly key: string | null;
  readonly line: number | null;
  readonly message: string;
  readonly remedy: string;
}

/** What `ic check` remarks on: names that two sessions may share, spans that leave gaps, secrets that are badly kept. */
export async function configurationWarnings(
  configuration: Configuration,
  platform: NodeJS.Platform = process.platform,
): Promise<readonly ConfigurationWarning[]> {
  return [
    ...fileNameWarnings(configuration),
    ...transferWarnings(configuration),
    ...mailWarnings(configuration),
    ...hookWarnings(configuration),
    ...quoteWarnings(configuration),
    ...plainSecrets(configuration),
    ...unboundSecrets(configuration),
    ...(platform === 'win32' ? [] : await readableByOthers(configuration)),
  ];
}

function warning(
  section: string | null,
  key: string | null,
  message: string,
  remedy: string,
  line: number | null = null,
): ConfigurationWarning {
  return { section, key, line, message, remedy };
}

function fileNameWarnings(configuration: Configuration): readonly ConfigurationWarning[] {
  return [...configuration.destinations.values()].flatMap((destination) => {
    if (destination.type !== 'file-system') return [];
    const pulled = kinds.filter((kind) => isPulled(kind, destination.name, configuration));
    const used = new Map([...destination.kinds].filter(([kind]) => pulled.includes(kind)));
    return [...sharedNames(destination.name, used), ...sharedByKinds(destination.name, used)];
  });
}

function isPulled(kind: Kind, destination: string, { transfers }: Configuration): boolean {
  return [...transfers.values()].some((one) => one.destination === destination && one.data.includes(kind));
}

type KindConfigs = ReadonlyMap<Kind, FileSystemKindConfig>;

function sharedNames(destination: string, used: KindConfigs): readonly ConfigurationWarning[] {
  return [...used].flatMap(([kind, { fileName, onConflict }]) => {
    const missing = needed(kind).filter((value) => !fileNameValuesIn(fileName).includes(value));
    if (missing.length === 0 || onConflict === 'append-number') return [];
    const names = missing.map((value) => `%${value}%`).join(' and ');
    return warning(
      `destination.${destination}.${kind}`,
      'file_name',
      `${fileName} can give two ${kind} one name, and on_conflict = ${onConflict} ${loss[onConflict]}`,
      `Put ${names} into file_name, or write on_conflict = append-number.`,
    );
  });
}

const loss = { overwrite: 'keeps only the last', skip: 'keeps only the first' } as const;

/** Without which of these two items of the kind may share a name. */
function needed(kind: Kind): readonly string[] {
  if (kind === 'backups') return ['DATE', 'TIME'];
  return kind === 'command-shell-recordings' || kind === 'show-my-screen-recordings'
    ? ['LSID', 'INSTANCE']
    : ['LSID'];
}

function sharedByKinds(destination: string, used: KindConfigs): readonly ConfigurationWarning[] {
  const firstOf = new Map<string, Kind>();
  return [...used].flatMap(([kind, { directory, fileName, onConflict }]) => {
    const path = `${directory}/${fileName}`;
    const other = firstOf.get(path);
    if (other === undefined) firstOf.set(path, kind);
    if (other === undefined || onConflict === 'append-number') return [];
    return warning(
      `destination.${destination}.${kind}`,
      'file_name',
      `${kind} have the directory and file_name of ${other}, and on_conflict = ${onConflict} ${loss[onConflict]}`,
      'Give each kind a directory or a file_name of its own.',
    );
  });
}

const day = 86_400;

function transferWarnings({ transfers }: Configuration): readonly ConfigurationWarning[] {
  const all = [...transfers.values()];
  if (all.length === 0) {
    return [
      warning(
        null,
        null,
        'there is no transfer: ic pull has nothing to do',
        'Add a [transfer.NAME] section.',
      ),
    ];
  }
  return all.flatMap((transfer, index) => [
    ...spanWarnings(transfer),
    ...twice(transfer, all.slice(0, index)),
  ]);
}

function spanWarnings({ name, data, sweep, overlap, settle }: Transfer): readonly ConfigurationWarning[] {
  const section = `transfer.${name}`;
  if (!data.includes('sessions') && !data.includes('presentations')) return [];
  if (sweep === 0) {
    return [
      warning(
        section,
        'sweep',
        'sessions that never get an end are not found without a sweep',
        'Write sweep = 7d.',
      ),
    ];
  }
  if (sweep < day) {
    return [
      warning(
        section,
        'sweep',
        'is shorter than the day from one sweep to the next',
        'Write sweep = 1d or more.',
      ),
    ];
  }
  if (sweep < overlap) {
    return [warning(section, 'sweep', 'looks less far back than overlap does', 'Write a longer sweep.')];
  }
  if (overlap < settle) {
    return [
      warning(section, 'overlap', 'is shorter than settle', 'Write an overlap of some minutes at least.'),
    ];
  }
  return [];
}

function twice(transfer: Transfer, earlier: readonly Transfer[]): readonly ConfigurationWarning[] {
  return earlier.flatMap((other) => {
    const shared = other.data.filter((kind) => transfer.data.includes(kind));
    const isSame =
      other.site === transfer.site && other.destination === transfer.destination && shared.length > 0;
    if (!isSame) return [];
    const message = `brings ${shared.join(', ')} from ${transfer.site} to ${transfer.destination}, as [transfer.${other.name}] does`;
    return warning(`transfer.${transfer.name}`, 'data', message, 'Leave the kind out of one of the two.');
  });
}

function mailWarnings({ notify: { mail } }: Configuration): readonly ConfigurationWarning[] {
  if (mail?.security !== 'none' || mail.password === null) return [];
  const message = 'sends the password of the mail server unencrypted';
  return [warning('notify.mail', 'security', message, 'Write security = starttls or security = tls.')];
}

/** Whoever listens on the way learns the address, which is a secret, and what is sent. */
function hookWarnings({ notify }: Configuration): readonly ConfigurationWarning[] {
  return (['webhook', 'ping'] as const).flatMap((name) => {
    const url = notify[name] === null ? null : new URL(notify[name].url);
    if (url === null || url.protocol !== 'http:' || isLoopback(url.hostname)) return [];
    return warning(`notify.${name}`, 'url', 'goes over the network without encryption', 'Write https://.');
  });
}

/** The mark is kept, since values are taken as they are written. */
function quoteWarnings({ unclosedQuotes }: Configuration): readonly ConfigurationWarning[] {
  return unclosedQuotes.map(({ section, key, line }) =>
    warning(
      section,
      key,
      'begins with a quotation mark and does not end with one: the mark is part of the value',
      'Close the quotes or remove the mark; if it is meant, put quotes of the other kind around the value.',
      line,
    ),
  );
}

function plainSecrets({ secretPlaces }: Configuration): readonly ConfigurationWarning[] {
  return secretPlaces
    .filter(({ kept }) => kept === 'plain')
    .map(({ section, key, line }) =>
      warning(
        section,
        key,
        'is a secret in plain text',
        'Encrypt it with ic secret encrypt, or write ${env:NAME} or ${file:PATH}.',
        line,
      ),
    );
}

function unboundSecrets({ secretPlaces }: Configuration): readonly ConfigurationWarning[] {
  return secretPlaces
    .filter(({ bound }) => !bound)
    .map(({ section, key, line }) =>
      warning(
        section,
        key,
        'is encrypted in a way that lets it be read in any other section and key, too',
        'Bind it to its place: ic secret rotate encrypts every secret anew.',
        line,
      ),
    );
}

/** A configuration without plain secrets may be read by everybody; a group may read what it is given. */
async function readableByOthers({
  file,
  secretPlaces,
}: Configuration): Promise<readonly ConfigurationWarning[]> {
  const kept = new Set(secretPlaces.map((place) => place.kept));
  const secretFiles = new Set(secretPlaces.flatMap(({ path }) => path ?? []));
  const warnings: ConfigurationWarning[] = [];
  if (kept.has('plain') && (await hasMode(file, 0o004))) {
    warnings.push(
      warning(null, null, `${file} holds secrets and can be read by everybody`, `Run chmod o= ${file}`),
    );
  }
  for (const path of secretFiles) {
    if (!(await hasMode(path, 0o004))) continue;
    warnings.push(
      warning(null, null, `${path} holds a secret and can be read by everybody`, `Run chmod o= ${path}`),
    );
  }
  const keyFile = keyFileOf(file);
  if (await hasMode(keyFile, 0o077)) {
    const message = `${keyFile} holds the keys to secrets and can be read by others than its owner`;
    warnings.push(warning(null, null, message, `Run chmod 600 ${keyFile}`));
  }
  return warnings;
}

async function hasMode(path: string, mode: number): Promise<boolean> {
  const mine = await stat(path).catch(() => null);
  return mine !== null && (mine.mode & mode) !== 0;
}
