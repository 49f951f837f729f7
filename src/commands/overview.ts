import type { Command } from './command.ts';

/** The help of `ic` itself. */
export function describeAll(commands: readonly Command[]): string {
  return [
    'ic COMMAND [FLAGS]',
    '',
    'Pulls session data, recordings and backups from BeyondTrust Remote Support appliances.',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [`ic ${name}`, summary])),
    '',
    'Begin with ic init, or with ic check when there is a configuration.',
    'ic COMMAND --help shows flags, examples and exit codes.',
  ].join('\n');
}

/** The help of `ic schedule` and its like, which do nothing by themselves: each command, with its own flags. */
export function describeGroup(group: string, commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [`ic ${name}`, summary] as const);
  const flags = commands.flatMap(({ name, options = {} }) => {
    const shown = Object.entries(options).filter(([, { hidden }]) => !hidden);
    return shown.length === 0
      ? []
      : [
          '',
          `Flags of ic ${name}:`,
          ...columns(shown.map(([flag, { describe }]) => [`--${flag}`, describe])),
        ];
  });
  return [
    `ic ${group} COMMAND [FLAGS]`,
    '',
    'Commands:',
    ...columns(rows),
    ...flags,
    '',
    `ic ${group} COMMAND --help shows all flags, examples and exit codes.`,
  ].join('\n');
}

function columns(rows: readonly (readonly [term: string, meaning: string])[]): readonly string[] {
  const longest = Math.max(...rows.map(([term]) => term.length));
  return rows.map(([term, meaning]) => `  ${term.padEnd(longest)}  ${meaning}`);
}
