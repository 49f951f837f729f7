import type { Command, OptionSpec, Positional } from '../src/commands/command.ts';
import { commands } from '../src/commands/commands.ts';
import { commonOptions, exitCodeMeanings } from '../src/commands/common-options.ts';

/** The manual by its files' names: `ic.1`, and a page for each command, made of what `--help` says. */
export function manPages(): Readonly<Record<string, () => string>> {
  const pages = commands.map((command) => [`${pageOf(command)}.1`, () => renderCommand(command)] as const);
  return { 'ic.1': renderOverview, ...Object.fromEntries(pages) };
}

function pageOf({ name }: Command): string {
  return `ic-${name.replaceAll(' ', '-')}`;
}

function renderOverview(): string {
  return page('ic', 'pull session data, recordings and backups from BeyondTrust Remote Support appliances', [
    section('SYNOPSIS', [`${bold('ic')} ${italic('COMMAND')} [${italic('FLAGS')}]`]),
    section('DESCRIPTION', [
      roff(
        'ic pulls what is new from the appliances that its configuration names, and puts it into file systems, SQL Server, ' +
          'SQLite or a program. What was stored is never stored twice, and what could not be had is tried again. It is one ' +
          'program, started by cron, systemd or Task Scheduler, that ends when its round of work is done.',
      ),
      '.PP',
      roff('Begin with ic init, then ic check, ic pull and ic schedule.'),
    ]),
    section(
      'COMMANDS',
      commands.flatMap((command) => entry(bold(`ic ${command.name}`), command.summary)),
    ),
    section('OPTIONS', optionEntries(commonOptions)),
    section('EXIT STATUS', statusEntries([...exitCodeMeanings.keys()])),
    section('ENVIRONMENT', [
      ...entry(bold('IC_CONFIG'), 'The configuration, when no --config names one.'),
      ...entry(
        bold('IC_KEY'),
        'Keys for encrypted secrets, instead of those in ic.key; the first one encrypts.',
      ),
      ...entry(bold('NO_COLOR'), 'When it is set to anything, there are no colours.'),
      ...entry(
        bold('HTTPS_PROXY, HTTP_PROXY, NO_PROXY'),
        'The way to the appliance, where the site names no proxy.',
      ),
    ]),
    section('FILES', [
      ...entry(italic('./ic.ini, /etc/ic/ic.ini'), 'The configuration; the first one that is there.'),
      ...entry(italic('ic.key'), 'Keys for the configuration’s secrets, beside it.'),
      ...entry(
        italic('ic-state.db'),
        'What ic remembers, beside the configuration unless that says otherwise.',
      ),
    ]),
    seeAlso(commands.map(pageOf)),
  ]);
}

function renderCommand(command: Command): string {
  const { positionals = [], options = {}, examples, exitCodes = [] } = command;
  const codes = [0, 2, 78, 130, 143, ...exitCodes].filter((code) => exitCodeMeanings.has(code));
  return page(pageOf(command), command.summary, [
    section('SYNOPSIS', [
      [bold(`ic ${command.name}`), ...positionals.map(synopsisOf), `[${italic('FLAGS')}]`].join(' '),
    ]),
    section('DESCRIPTION', [roff(command.description ?? `${capital(command.summary)}.`)]),
    ...(positionals.length === 0
      ? []
      : [
          section(
            'ARGUMENTS',
            positionals.flatMap(({ name, describe, choices }) =>
              entry(italic(name), withChoices(describe, choices)),
            ),
          ),
        ]),
    section('OPTIONS', [...optionEntries(options), ...optionEntries(commonOptions)]),
    section(
      'EXAMPLES',
      examples.flatMap(([line, meaning]) => entry(bold(line), meaning)),
    ),
    section('EXIT STATUS', statusEntries([...new Set(codes)].sort((a, b) => a - b))),
    seeAlso(['ic', ...commands.filter((other) => isRelated(command, other)).map(pageOf)]),
  ]);
}

function isRelated(command: Command, other: Command): boolean {
  return command !== other && command.name.split(' ')[0] === other.name.split(' ')[0];
}

function page(name: string, summary: string, sections: readonly string[]): string {
  const head = [
    '.\\" Written by npm run generate from what --help says. Change that, not this file.',
    `.TH ${roff(name.toUpperCase())} 1 "" "ic" "Manual of ic"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(summary)}`,
  ];
  return `${[...head, ...sections].join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return [`.SH ${title}`, ...lines].join('\n');
}

function entry(term: string, text: string): readonly string[] {
  return ['.TP', term, roff(text)];
}

function optionEntries(options: Readonly<Record<string, OptionSpec>>): readonly string[] {
  return Object.entries(options).flatMap(([name, spec]) =>
    spec.hidden ? [] : entry(termOf(name, spec), withChoices(spec.describe, spec.choices)),
  );
}

function termOf(name: string, { alias, placeholder, type }: OptionSpec): string {
  const value = type === 'boolean' || type === 'count' ? '' : ` ${italic(placeholder ?? 'VALUE')}`;
  return [...(alias ? [bold(`-${alias}`)] : []), `${bold(`--${name}`)}${value}`].join(', ');
}

function withChoices(describe: string, choices: readonly string[] | undefined): string {
  return choices ? `${describe} (${choices.join(', ')})` : describe;
}

function statusEntries(codes: readonly number[]): readonly string[] {
  return codes.flatMap((code) => entry(bold(String(code)), exitCodeMeanings.get(code) ?? ''));
}

function seeAlso(pages: readonly string[]): string {
  return section('SEE ALSO', [pages.map((name) => `${bold(name)}(1)`).join(', ')]);
}

function synopsisOf({ name, required, variadic }: Positional): string {
  const shown = `${italic(name)}${variadic ? '...' : ''}`;
  return required ? shown : `[${shown}]`;
}

function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** All of it ASCII: what a backslash, a hyphen or any other sign means is said in roff's own words. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti');
  return Array.from(escaped, (sign) =>
    sign > '~' ? `\\[u${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]` : sign,
  ).join('');
}
