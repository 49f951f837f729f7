import { kinds } from '../platform/kinds.ts';
import type { KeySpec, Keys } from './schema/key.ts';
import { type SectionSpec, schema, schemaOfDestination } from './schema.ts';
import { defaultFileNames, fileNameValues, fileNameValuesOf } from './types/file-name.ts';
import { kindsHeldBy } from './types/kinds.ts';

/** The text of `docs/configuration.md`. */
export function renderReference(): string {
  const sections = Object.values(schema).map(renderSection);
  return `${[introduction, kindsTable(), ...sections, fileNames(), secrets].join('\n\n')}\n`;
}

const introduction = `# Configuration

<!-- Written by \`npm run generate\` from src/config/schema.ts. Change that, not this file. -->

\`ic\` reads one INI file: the one that \`--config\` names, else the one that \`IC_CONFIG\` names, else \`ic.ini\` in the working
directory, else \`/etc/ic/ic.ini\` or \`%ProgramData%\\ic\\ic.ini\`. \`ic init\` writes one, \`ic check\` says what is wrong with it: all
of it at once, with the line, the value at fault and the remedy. \`config.example.ini\` has every key with an explanation.

A short one:

\`\`\`ini
[site.hq]
host = support.example.com
client_id = 4f0d2ec1c0f84d3b9f1d
client_secret = \${env:IC_HQ_SECRET}

[destination.archive]
type = file-system
directory = /srv/ic

[transfer.hq-to-archive]
site = hq
destination = archive
data = sessions, session-recordings
\`\`\`

## How values are read

- A section is \`[name]\`; NAME in a section's name is yours to choose: letters (a to z), digits, \`-\` and \`_\`. A section or key that stands
  twice is an error, and so is one that \`ic\` does not know.
- A comment begins with \`;\` or \`#\` at the start of a line or after a blank. Within a word they are themselves:
  \`Password=a#b;Encrypt=true\` stays whole.
- Backslashes are themselves: \`\\\\fs01\\share\\new\`, \`C:\\ic\`.
- Quotes, \`"\` or \`'\`, around a whole value are dropped, and keep its outer blanks, \`;\` and \`#\`: \`password = "a ;b"\`.
- The file is UTF-8, with or without a byte order mark, with any line ends.
- A key that is left empty has its default.
- **Paths** are relative to the directory of the file.
- **Durations** are a whole number with \`s\`, \`m\`, \`h\` or \`d\`: \`30s\`, \`15m\`, \`2h\`, \`7d\`; \`0\` needs no unit.
- **Sizes** and rates have a unit: \`kB\`, \`MB\`, \`GB\`, \`TB\` count in thousands, \`KiB\`, \`MiB\`, \`GiB\`, \`TiB\` in 1024s.
- **True and false** may be yes and no, or on and off.
- **References**: \`\${env:NAME}\` is an environment variable, \`\${file:PATH}\` the content of a file without its last line end. They may stand
  anywhere in a value. What is not set or not there is an error. \`$\${env:NAME}\` stands for itself.
- **Encrypted values**: a whole value may be what \`ic secret encrypt\` prints, see [Secrets](#secrets).`;

function kindsTable(): string {
  const types = Object.entries(kindsHeldBy);
  const rows = kinds.map((kind) => [
    `\`${kind}\``,
    ...types.map(([, held]) => (held.includes(kind) ? 'yes' : 'no')),
  ]);
  const table = renderTable(['kind', ...types.map(([type]) => `\`${type}\``)], rows);
  return `## Kinds

What an appliance holds, by kind, and which type of destination can hold it. Asking a destination for what it cannot hold
is an error; \`all\` asks for every kind that it can hold, and for a file system for every kind that has a directory. A program says
itself, when it starts, what it takes.

${table}`;
}

function renderSection(section: SectionSpec): string {
  const rows = Object.entries(section.keys).map(([key, spec]) => [
    `\`${key}\``,
    spec.help,
    rangeOf(spec),
    defaultOf(spec),
  ]);
  return [
    headingOf(section),
    section.help,
    renderTable(['key', 'meaning', 'value', 'default'], rows),
    exampleOf(section),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function headingOf(section: SectionSpec): string {
  const type = typeOf(section);
  return `## \`[${section.name}]\`${type === null ? '' : `, type = ${type}`}`;
}

/** The type of destination that a section describes; null for other sections. */
function typeOf({ keys }: SectionSpec): string | null {
  return Object.entries(schemaOfDestination).find(([, spec]) => spec.keys === keys)?.[0] ?? null;
}

function rangeOf({ type }: KeySpec<unknown>): string {
  return type.range === undefined ? type.name : `${type.name}, ${type.range}`;
}

function defaultOf({ presence, fallback, note }: KeySpec<unknown>): string {
  if (note !== null) return note;
  if (presence === 'required') return '**required**';
  return fallback === null ? 'none' : `\`${fallback}\``;
}

function exampleOf(section: SectionSpec): string {
  const type = typeOf(section);
  const lines = [...(type === null ? [] : [`type = ${type}`]), ...examplesIn(section.keys)];
  return lines.length === 0 ? '' : ['```ini', `[${section.name}]`, ...lines, '```'].join('\n');
}

function examplesIn(keys: Keys): readonly string[] {
  return Object.entries(keys).flatMap(([key, { example }]) =>
    example === null ? [] : `${key} = ${example}`,
  );
}

function fileNames(): string {
  const values = Object.entries(fileNameValues).map(([value, help]) => [`\`%${value}%\``, help]);
  const formats = kinds.map((kind) => [
    `\`${kind}\``,
    `\`${defaultFileNames[kind]}\``,
    fileNameValuesOf(kind)
      .map((value) => `\`${value}\``)
      .join(', '),
  ]);
  return `## File names

A \`file_name\` is text with values between percent signs, in upper case. What a value gives is made safe for every file system: no
separators, control characters, reserved names, no trailing periods and blanks. A \`/\` in the format makes folders, as in
\`%START_DATE%/%LSID%.%EXTENSION%\`; nothing lands outside the directory.

${renderTable(['value', 'meaning'], values)}

A \`file_name\` in \`[destination.NAME]\` serves every kind that has all of its values; the others keep their own.

${renderTable(['kind', 'default', 'values'], formats)}

With \`on_conflict = overwrite\` or \`skip\`, a format that can give two sessions one name loses one of them: \`ic check\` warns of it. \`%LSID%\`,
and \`%INSTANCE%\` for command shell and Show My Screen recordings, keep names apart.`;
}

const secrets = `## Secrets

\`client_secret\`, the passwords, the password in a connection string, and the addresses of webhook and ping are secrets. They are in no log,
message, state file or page. From best to worst, they may come

- from the environment or a file that only the user that runs \`ic\` can read: \`\${env:NAME}\`, \`\${file:/run/secrets/hq}\`;
- encrypted: \`ic secret encrypt SECTION KEY\` prints a value \`enc:v2:…\` for that place of the configuration, which can be read in no other. Without
  SECTION and KEY it prints \`enc:v1:…\`, which can be read anywhere; \`ic check\` warns of it, and \`ic secret rotate\` binds it. It is AES-256-GCM; the key is in \`ic.key\` beside
  the configuration, made on first use for its owner alone, or in \`IC_KEY\` (32 bytes, as base64 or hexadecimal digits). A key file may hold
  several keys, a line each, newest first: the first one encrypts, all of them decrypt. On Windows a value may be \`enc:dpapi:…\` instead, which
  needs no key and can be read on that machine alone;
- in plain text, of which \`ic check\` warns.

A secret that itself begins with \`enc:\` has to come by \`\${env:NAME}\` or \`\${file:PATH}\`.`;

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
