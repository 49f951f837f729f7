import type { ScheduledRun } from './scheduled-run.ts';

/** The lines for a crontab, between marks by which they are found again: one block for each configuration. */
export function renderCrontab({ command, configuration }: ScheduledRun): string {
  const [begin, end] = marksOf(configuration.file);
  const line = `* * * * * ${command.map(quoteForShell).join(' ').replaceAll('%', '\\%')}`;
  return `${begin}\n${line}\n${end}\n`;
}

/** A crontab with the block in the place of an earlier one of the same configuration, else at its end. */
export function mergeCrontab(present: string, block: string): string {
  const lines = present === '' ? [] : present.replace(/\n?$/, '').split('\n');
  const [begin, ...rest] = block.trimEnd().split('\n');
  const first = lines.indexOf(begin ?? '');
  const last = lines.indexOf(rest.at(-1) ?? '', first);
  const kept = first < 0 || last < 0 ? { before: lines, after: [] } : around(lines, first, last);
  return `${[...kept.before, begin, ...rest, ...kept.after].join('\n')}\n`;
}

function around(lines: readonly string[], first: number, last: number) {
  return { before: lines.slice(0, first), after: lines.slice(last + 1) };
}

function marksOf(file: string): readonly [begin: string, end: string] {
  return [
    `# BEGIN ic for ${file} (written by ic schedule cron; what stands here is replaced)`,
    `# END ic for ${file}`,
  ];
}

/** cron hands the line to sh, after it has turned `\%` into `%`: a bare one would end the command. */
function quoteForShell(word: string): string {
  return /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
