import yargs, { type Argv } from 'yargs';
import { nearest } from '../config/nearest.ts';
import { IcError } from '../platform/errors.ts';
import { version } from '../platform/version.ts';
import type { Arguments, Command, CommonOptions, OptionSpec } from './command.ts';
import { commonOptions, exitCodeMeanings } from './common-options.ts';
import { describeAll, describeGroup } from './overview.ts';
import { unknownFlag } from './unknown-flag.ts';

/** What a command line asks for: a command with its arguments, or a text to print (help, version). */
export type Invocation =
  | {
      readonly type: 'command';
      readonly command: Command;
      readonly arguments: Arguments;
      readonly common: CommonOptions;
    }
  | { readonly type: 'text'; readonly text: string };

type Parsed = Readonly<Record<string, unknown>>;

/** Throws `IcError` `usage` for an unknown command, flag or value. */
export async function parseCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  columns: number,
): Promise<Invocation> {
  const width = Math.min(110, columns);
  const chosen = choose(argv, commands);
  if (chosen === null) return { type: 'text', text: overview(argv, commands) };
  const { command, rest } = chosen;
  refuseValues(command, rest);
  const parsed = await run(command, rest, width);
  if (typeof parsed === 'string') return { type: 'text', text: parsed };
  return { type: 'command', command, arguments: toArguments(command, parsed), common: toCommon(parsed) };
}

/** The command whose words the line begins with; flags before it are let pass. Null: help or version is wanted. */
function choose(
  argv: readonly string[],
  commands: readonly Command[],
): { readonly command: Command; readonly rest: readonly string[] } | null {
  const start = firstWord(argv);
  if (start < 0) return null;
  const flags = argv.slice(0, start);
  const words = argv.slice(start);
  const command = commands.find(({ name }) => name.split(' ').every((word, index) => words[index] === word));
  if (command !== undefined)
    return { command, rest: [...flags, ...words.slice(command.name.split(' ').length)] };
  if (argv.includes('--help') || argv.includes('-h')) return null;
  throw unknownCommand(words, commands);
}

/** Where the command begins; -1 when the line has flags alone. */
function firstWord(argv: readonly string[]): number {
  return argv.findIndex((word, index) => !word.startsWith('-') && !wantsValue(argv[index - 1]));
}

/** Of the flags that every command takes, and that may come first, one has a value. */
function wantsValue(flag: string | undefined): boolean {
  return flag === '--config' || flag === '-c';
}

/** What follows `--` is never a flag. */
function atDashes(words: readonly string[]): {
  readonly flags: readonly string[];
  readonly operands: readonly string[];
} {
  const dashes = words.indexOf('--');
  if (dashes < 0) return { flags: words, operands: [] };
  return { flags: words.slice(0, dashes), operands: words.slice(dashes + 1) };
}

/** yargs takes a value that it does not know for `false`: `--dry-run=yes` would be no dry run. */
function refuseValues({ options = {} }: Command, words: readonly string[]): void {
  const known: Readonly<Record<string, OptionSpec>> = { ...options, ...commonOptions };
  for (const flag of atDashes(words).flags) {
    const [, name = ''] = /^--([^=]+)=/.exec(flag) ?? [];
    const type = Object.hasOwn(known, name) ? known[name]?.type : undefined;
    if (type === 'boolean' || type === 'count')
      throw usageError(`--${name} takes no value: leave out ${flag.slice(name.length + 2)}.`);
  }
}

/** The commands of two words of which it is the first. */
function groupOf(word: string, commands: readonly Command[]): readonly Command[] {
  return commands.filter(({ name }) => name.startsWith(`${word} `));
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): IcError {
  const [first = '', second] = words;
  const group = groupOf(first, commands);
  if (group.length > 0) {
    const names = group.map((command) => command.name.split(' ')[1]).join(', ');
    const problem =
      second === undefined ? `ic ${first} needs one of` : `ic ${first} knows no "${second}", but`;
    return usageError(`${problem}: ${names}.`);
  }
  const near = nearest(
    first,
    commands.map((command) => command.name.split(' ')[0] ?? ''),
  );
  return usageError(`There is no command "${first}".${near ? ` Is ic ${near} meant?` : ''}`);
}

function overview(argv: readonly string[], commands: readonly Command[]): string {
  if (argv.includes('--version')) return `ic ${version}`;
  if (argv.length > 0 && !argv.some((word) => ['--help', '-h'].includes(word))) {
    throw usageError('The line names no command.');
  }
  const group = argv[firstWord(argv)] ?? '';
  const members = groupOf(group, commands);
  return members.length > 0 ? describeGroup(group, members) : describeAll(commands);
}

function parserFor(command: Command, width: number): Argv {
  const parser = yargs()
    .scriptName(`ic ${command.name}`)
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      // A flag that may be repeated takes one value each time: what follows is for others.
      'greedy-arrays': false,
    })
    .wrap(width)
    .version(`ic ${version}`)
    .help()
    .alias('h', 'help')
    .strict()
    .exitProcess(false);
  parser.command(
    usageOf(command),
    false,
    (inner) => describeCommand(inner, command),
    () => undefined,
  );
  return parser;
}

function missing({ name, positionals = [] }: Command): string {
  const required = positionals
    .filter((positional) => positional.required)
    .map((positional) => positional.name);
  return `ic ${name} needs ${required.join(' and ')}.`;
}

/** What was parsed; the text, when help or the version was asked for. */
function run(command: Command, argv: readonly string[], width: number): Promise<Parsed | string> {
  const parser = parserFor(command, width);
  return new Promise((resolve, reject) => {
    parser.fail((message, error) => {
      const said = message ?? error?.message ?? 'The command line is not understood.';
      const problem = said.startsWith('Not enough non-option arguments') ? missing(command) : said;
      reject(usageError(unknownFlag(command, atDashes(argv).flags, said) ?? problem.replace(/\.?$/, '.')));
    });
    void Promise.resolve(
      parser.parse(protect(argv), {}, (_error: unknown, parsed: unknown, output: string) =>
        resolve(output === '' ? (parsed as Parsed) : output),
      ),
    ).catch(reject);
  });
}

export function usageError(message: string): IcError {
  return new IcError('usage', message, {
    hint: 'ic --help shows the commands, ic COMMAND --help their flags.',
  });
}

function usageOf(command: Command): string {
  const positionals = (command.positionals ?? []).map((positional) => {
    const dots = positional.variadic ? '..' : '';
    return positional.required ? `<${positional.name}${dots}>` : `[${positional.name}${dots}]`;
  });
  return ['$0', ...positionals].join(' ');
}

function describeCommand(parser: Argv, command: Command): Argv {
  for (const positional of command.positionals ?? []) {
    parser.positional(positional.name, {
      describe: positional.describe,
      type: 'string',
      ...(positional.choices ? { choices: positional.choices } : {}),
    });
  }
  addOptions(parser, { ...command.options, ...commonOptions });
  parser.example(command.examples.map(([line, meaning]) => [line, meaning] as [string, string]));
  const codes = [0, ...(command.exitCodes ?? []), 2, 78, 130];
  const meanings = [...exitCodeMeanings].filter(([code]) => codes.includes(code));
  const lines = meanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return parser.usage(command.description ?? command.summary).epilogue(`Exit codes:\n${lines.join('\n')}`);
}

function addOptions(parser: Argv, options: Readonly<Record<string, OptionSpec>>): void {
  for (const [name, spec] of Object.entries(options)) {
    if (name === 'help' || name === 'version') continue;
    parser.option(name, {
      describe: spec.describe,
      ...(spec.alias ? { alias: spec.alias } : {}),
      ...(spec.choices ? { choices: spec.choices } : {}),
      ...(spec.hidden ? { hidden: true } : {}),
      ...shapeOf(spec),
    });
  }
}

function shapeOf(spec: OptionSpec): Record<string, unknown> {
  if (spec.type === 'count') return { type: 'count' };
  if (spec.type === 'boolean') return { type: 'boolean' };
  return { type: 'string', requiresArg: true, array: spec.type === 'strings' };
}

function toArguments(command: Command, parsed: Parsed): Arguments {
  const positionals = [
    ...(command.positionals ?? []).flatMap(({ name }) => texts(parsed[name])),
    ...texts(parsed._),
  ];
  return {
    positionals,
    text: (option) => {
      const values = texts(parsed[option]);
      if (values.length > 1) throw usageError(`--${option} is given more than once.`);
      return values[0] ?? null;
    },
    texts: (option) => texts(parsed[option]),
    flag: (option) => parsed[option] === true,
    count: (option) => Number(parsed[option] ?? 0),
  };
}

/** A word that begins with this is no flag. */
const mark = '\u0000';

/** yargs drops a lone `-`, which means standard input, and does not count what follows `--` among the operands. */
function protect(words: readonly string[]): readonly string[] {
  const { flags, operands } = atDashes(words);
  return [
    ...flags.map((word) => (word === '-' ? `${mark}-` : word)),
    ...operands.map((word) => `${mark}${word}`),
  ];
}

function restore(word: string): string {
  return word.startsWith(mark) ? word.slice(mark.length) : word;
}

function texts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((item) => restore(String(item)));
}

function toCommon(parsed: Parsed): CommonOptions {
  return {
    config: texts(parsed.config).at(-1) ?? null,
    json: parsed.json === true,
    quiet: parsed.quiet === true,
    verbosity: Number(parsed.verbose ?? 0),
  };
}
