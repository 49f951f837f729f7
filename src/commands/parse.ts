import { chooseCommand, overview } from './choose-command.ts';
import type { Arguments, Command, CommonOptions, OptionSpec } from './command.ts';
import { commonOptions } from './common-options.ts';
import { atDashes, protect, texts } from './line-words.ts';
import { unknownFlag } from './unknown-flag.ts';
import { usageError } from './usage-error.ts';
import { yargsParser } from './yargs-parser.ts';

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
  const chosen = chooseCommand(argv, commands);
  if (chosen === null) return { type: 'text', text: overview(argv, commands) };
  const { command, rest } = chosen;
  refuseValues(command, rest);
  const parsed = await run(command, rest, width);
  if (typeof parsed === 'string') return { type: 'text', text: parsed };
  return { type: 'command', command, arguments: toArguments(command, parsed), common: toCommon(parsed) };
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

function missing({ name, positionals = [] }: Command): string {
  const required = positionals
    .filter((positional) => positional.required)
    .map((positional) => positional.name);
  return `ic ${name} needs ${required.join(' and ')}.`;
}

/** What was parsed; the text, when help or the version was asked for. */
function run(command: Command, argv: readonly string[], width: number): Promise<Parsed | string> {
  const parser = yargsParser(command, width);
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

function userId(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw usageError(`--trust-owner ${text} is no user id: give a number, as id -u NAME prints it.`);
}

function toCommon(parsed: Parsed): CommonOptions {
  return {
    config: texts(parsed.config).at(-1) ?? null,
    trustedOwners: texts(parsed['trust-owner']).map(userId),
    json: parsed.json === true,
    quiet: parsed.quiet === true,
    verbosity: Number(parsed.verbose ?? 0),
  };
}
