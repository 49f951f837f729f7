import { nearest } from '../config/nearest.ts';
import type { IcError } from '../platform/errors.ts';
import { version } from '../platform/version.ts';
import type { Command } from './command.ts';
import { describeAll, describeGroup } from './overview.ts';
import { usageError } from './usage-error.ts';

/** The command whose words the line begins with; flags before it are let pass. Null: help or version is wanted. */
export function chooseCommand(
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

/** What is printed for a line that names no command. Throws `usage` when it asks for nothing that there is. */
export function overview(argv: readonly string[], commands: readonly Command[]): string {
  if (argv.includes('--version')) return `ic ${version}`;
  if (argv.length > 0 && !argv.some((word) => ['--help', '-h'].includes(word))) {
    throw usageError('The line names no command.');
  }
  const group = argv[firstWord(argv)] ?? '';
  const members = groupOf(group, commands);
  return members.length > 0 ? describeGroup(group, members) : describeAll(commands);
}
