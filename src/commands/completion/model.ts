import { kinds } from '../../platform/kinds.ts';
import type { Command, OptionSpec, Positional } from '../command.ts';
import { commonOptions } from '../common-options.ts';

/** What a command line may hold, as every shell's script needs it. */
export interface CompletionModel {
  readonly commands: readonly CompletedCommand[];
}

export interface CompletedCommand {
  /** `pull`, or `state show`. */
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** The last one stands for all further ones when it is variadic. */
  readonly positionals: readonly CompletedPositional[];
}

export interface CompletedFlag {
  /** As typed: `--config`, `-c`. */
  readonly names: readonly string[];
  readonly describe: string;
  /** Null for a flag without a value. */
  readonly value: CompletedValue | null;
}

export interface CompletedPositional {
  readonly value: CompletedValue;
  readonly isVariadic: boolean;
}

/** `names`: of the configuration. `list`: any of the words, comma separated. `any`: nothing is known of it. */
export type CompletedValue =
  | { readonly type: 'names'; readonly family: 'transfer' | 'site' | 'destination' }
  | { readonly type: 'words' | 'list'; readonly words: readonly string[] }
  | { readonly type: 'file' }
  | { readonly type: 'any' };

export function completionModel(commands: readonly Command[]): CompletionModel {
  return { commands: commands.map(toCompleted) };
}

/** The first words that want a second one: `state`. */
export function groupsOf(commands: readonly CompletedCommand[]): readonly string[] {
  return [...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [firstWord(name)] : [])))];
}

/** What may stand where a command begins, each with what it is. */
export function firstWordsOf(commands: readonly CompletedCommand[]): readonly (readonly [string, string])[] {
  const groups = groupsOf(commands);
  const single = commands.filter(({ name }) => !name.includes(' '));
  return [
    ...single.map(({ name, summary }) => [name, summary] as const),
    ...groups.map(
      (group) =>
        [
          group,
          secondWordsOf(group, commands)
            .map(([word]) => word)
            .join(', '),
        ] as const,
    ),
  ];
}

/** What may follow `state`, each with what it is. */
export function secondWordsOf(
  group: string,
  commands: readonly CompletedCommand[],
): readonly (readonly [string, string])[] {
  const inGroup = commands.filter(({ name }) => name.startsWith(`${group} `));
  return inGroup.map(({ name, summary }) => [name.slice(group.length + 1), summary] as const);
}

function firstWord(name: string): string {
  return name.split(' ')[0] ?? '';
}

function toCompleted({ name, summary, options, positionals = [] }: Command): CompletedCommand {
  const flags = Object.entries({ ...options, ...commonOptions }).filter(([, { hidden }]) => !hidden);
  return {
    name,
    summary,
    flags: flags.map(([flag, spec]) => toFlag(flag, spec)),
    positionals: positionals.map((positional) => ({
      value: completedValue(positional),
      isVariadic: positional.variadic,
    })),
  };
}

function toFlag(name: string, spec: OptionSpec): CompletedFlag {
  const hasValue = spec.type === 'string' || spec.type === 'strings';
  // Colours are on where there can be any: what one types is that there be none.
  const names = name === 'color' ? ['--no-color'] : [`--${name}`, ...(spec.alias ? [`-${spec.alias}`] : [])];
  return { names, describe: spec.describe, value: hasValue ? completedValue(spec) : null };
}

function completedValue({
  choices,
  completes,
}: Pick<OptionSpec, 'choices' | 'completes'> | Pick<Positional, 'choices' | 'completes'>): CompletedValue {
  if (choices) return { type: 'words', words: choices };
  if (completes === 'kind') return { type: 'list', words: [...kinds, 'all'] };
  if (completes === 'file') return { type: 'file' };
  return completes ? { type: 'names', family: completes } : { type: 'any' };
}
