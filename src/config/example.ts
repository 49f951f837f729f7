import { writeValue } from './ini-lines.ts';
import type { KeySpec, Keys } from './schema/key.ts';
import { schema } from './schema.ts';
import { defaultFileNames } from './types/file-name.ts';

/** A section to be written into a configuration, each of its keys explained. */
export interface ExampleSection {
  /** Without brackets: `site.hq`. */
  readonly name: string;
  readonly keys: Keys;
  /** What the section is for, in a sentence or two. */
  readonly help: string;
  /** Keys that get a value; the others are shown as comments, with their defaults. Others than `keys` may be here. */
  readonly values: Readonly<Record<string, string>>;
  /** Which of `keys` are shown beside those with a value; all of them if left out. */
  readonly shown?: readonly string[];
  /** The whole section is a comment: something that one may want. */
  readonly commented?: boolean;
  /** Keys go without explanation, as an earlier section has given it. */
  readonly terse?: boolean;
}

const width = 100;

/** The text of `config.example.ini`. */
export function renderExample(): string {
  return renderConfiguration(exampleSections());
}

/** A configuration of these sections, with comments that tell how to go on. */
export function renderConfiguration(sections: readonly ExampleSection[]): string {
  const heading = comment(
    'Configuration of ic. Lines that begin with # explain; those that begin with ; are keys with their defaults, ' +
      'or proposals. Paths are relative to this file. Any value may hold ${env:NAME} or ${file:PATH}; ' +
      'a secret may be what ic secret encrypt prints. Run ic check after each change.',
  );
  return `${[heading, ...sections.map(renderSection)].join('\n\n')}\n`;
}

function renderSection(section: ExampleSection): string {
  const sign = section.commented ? ';' : '';
  const keys = Object.entries(section.keys).filter(([key]) => isShown(key, section));
  const others = Object.entries(section.values).filter(([key]) => !Object.hasOwn(section.keys, key));
  const blocks = [
    `${comment(section.help)}\n${sign}[${section.name}]`,
    ...keys.map(
      ([key, spec]) => `${section.terse ? '' : `${comment(spec.help)}\n`}${renderKey(key, spec, section)}`,
    ),
    ...others.map(([key, value]) => `${sign}${assignment(key, value)}`),
  ];
  return blocks.join('\n');
}

function isShown(key: string, { values, shown }: ExampleSection): boolean {
  return Object.hasOwn(values, key) || shown === undefined || shown.includes(key);
}

function renderKey(key: string, spec: KeySpec<unknown>, { values, commented }: ExampleSection): string {
  const value = values[key];
  if (value !== undefined) return `${commented ? ';' : ''}${assignment(key, value)}`;
  return `;${assignment(key, spec.fallback ?? spec.example ?? '')}`;
}

function assignment(key: string, value: string): string {
  const written = writeValue(value);
  if (written === null) throw new TypeError(`No line can hold the value of ${key}`);
  return `${key} = ${written}`.trimEnd();
}

function comment(text: string): string {
  const lines = [''];
  for (const word of text.replaceAll('`', '').split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length < width - 2) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(` ${word}`);
  }
  return lines.map((line) => `#${line}`).join('\n');
}

/** A setting that serves a small company, and proposals for the rest. */
function exampleSections(): readonly ExampleSection[] {
  return [
    {
      ...schema.site,
      name: 'site.hq',
      values: examplesOf(schema.site.keys, ['host', 'client_id', 'client_secret']),
    },
    ...exampleDestinations(),
    ...exampleTransfers(),
    { ...schema.state, values: { path: 'ic-state.db' } },
    { ...schema.log, values: { file: 'ic.log' } },
    { ...schema.notify, values: { on: 'failure, recovery' } },
    { ...schema.mail, values: {} },
    { ...schema.webhook, values: {} },
    { ...schema.ping, values: {} },
    { ...schema.metrics, values: {} },
  ];
}

function exampleDestinations(): readonly ExampleSection[] {
  const { fileSystem, kind, sqlServer, sqlite, program } = schema;
  return [
    {
      ...fileSystem,
      name: 'destination.archive',
      values: { type: 'file-system', ...examplesOf(fileSystem.keys, ['directory']) },
    },
    {
      ...kind,
      name: 'destination.archive.sessions',
      help: 'Any kind may have a section of its own, for what is different.',
      values: { directory: '/srv/ic/sessions', file_name: defaultFileNames.sessions },
      shown: ['on_conflict'],
    },
    {
      ...kind,
      name: 'destination.archive.session-recordings',
      help: 'Recordings of the screen.',
      values: {},
      shown: ['directory', 'file_name', 'on_conflict', 'format'],
      terse: true,
    },
    {
      ...kind,
      name: 'destination.archive.backups',
      help: 'Backups.',
      values: { retention_count: '7' },
      shown: [],
    },
    proposal('destination.warehouse', sqlServer, {
      type: 'sql-server',
      ...examplesOf(sqlServer.keys, ['connection_string']),
    }),
    proposal('destination.local', sqlite, { type: 'sqlite', ...examplesOf(sqlite.keys, ['path']) }),
    proposal('destination.helpdesk', program, {
      type: 'program',
      ...examplesOf(program.keys, ['command']),
      url: 'https://helpdesk.example.com',
      token: '${env:HELPDESK_TOKEN}',
    }),
  ];
}

function exampleTransfers(): readonly ExampleSection[] {
  const { transfer } = schema;
  return [
    {
      ...transfer,
      name: 'transfer.hq-to-archive',
      values: { ...examplesOf(transfer.keys, ['site', 'destination', 'data']), start: '30d', every: '15m' },
    },
    {
      ...transfer,
      name: 'transfer.hq-backups',
      help: 'Backups are large and change slowly: once a day, at night, is enough.',
      values: { site: 'hq', destination: 'archive', data: 'backups', every: '1d', at: '02:30' },
      shown: [],
      terse: true,
    },
  ];
}

function proposal(
  name: string,
  { keys, help }: { readonly keys: Keys; readonly help: string },
  values: Readonly<Record<string, string>>,
): ExampleSection {
  return { name, keys, help, values, commented: true };
}

function examplesOf(keys: Keys, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, keys[name]?.example ?? '']));
}
