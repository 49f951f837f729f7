import type { ScheduledRun } from './scheduled-run.ts';

/** The lines for a crontab, between marks by which they are found again: one block for each configuration. */
export function renderCrontab({ command, configuration }: ScheduledRun): string {
  const [begin, end] = marksOf(configuration.file);
  const line = `* * * * * ${command.map(quoteForShell).join(' ').replaceAll('%', '\\%')}`;
  return `${begin}\n${line}\n${end}\n`;
}

/**
 * A crontab with the block in the place of an earlier one of the same configuration, else at its end. A mark without its
 * other half encloses nothing that is known to be ours: it stays, as do the lines around it.
 */
export function mergeCrontab(present: string, block: string): string {
  const lines = present === '' ? [] : present.replace(/\n?$/, '').split('\n');
  const own = block.trimEnd().split('\n');
  const [begin = '', end = ''] = [own[0], own.at(-1)];
  const kept: string[] = [];
  let at: number | null = null;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const last = line === begin ? endOfBlock(lines, index, begin, end) : null;
    if (last !== null) {
      at ??= kept.length;
      index = last;
    } else kept.push(line);
  }
  return `${kept.toSpliced(at ?? kept.length, 0, ...own).join('\n')}\n`;
}

function endOfBlock(lines: readonly string[], first: number, begin: string, end: string): number | null {
  const next = lines.findIndex((line, index) => index > first && (line === begin || line === end));
  return lines[next] === end ? next : null;
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
