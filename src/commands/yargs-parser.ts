import yargs, { type Argv } from 'yargs';
import { version } from '../platform/version.ts';
import type { Command, OptionSpec } from './command.ts';
import { commonOptions, exitCodeMeanings } from './common-options.ts';

/** What yargs needs to read the words of a command, and to describe them within `width` columns. */
export function yargsParser(command: Command, width: number): Argv {
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
