import { type Colors, noColors } from './colors.ts';
import { printable, textWidth, truncate } from './text.ts';

export interface TableOptions {
  /** Columns of the terminal; Infinity: nothing is cut. */
  readonly width: number;
  readonly colors?: Colors;
}

const gap = '  ';

/** Below this a column tells nothing any more: rather let the terminal wrap the line. */
const narrowest = 8;

/** A column of numbers, with their units or signs, stands at the right. */
const number = /^[+-]?\d[\d.,]*( ?([kMGTP]?B|%|s|min|h|d))?$/;

/** What stands where there is no number. */
const nothing = /^[–-]?$/;

/** Headings and rows in columns, as lines that each end with `\n`. Cells are data: nothing in them moves a cursor. */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { width, colors = noColors }: TableOptions,
): string {
  const cells = rows.map((row) => headings.map((_, column) => printable(row[column] ?? '')));
  const columns = headings.map((heading, index) => {
    const texts = cells.map((row) => row[index] ?? '');
    return {
      width: Math.max(...[heading, ...texts].map(textWidth)),
      alignRight: texts.some((text) => number.test(text)) && texts.every(isNumeric),
    };
  });
  const widths = fit(
    columns.map((column) => column.width),
    width,
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.alignRight ?? false))
      .join(gap)
      .trimEnd();
  return [colors.bold(line(headings)), ...cells.map(line)].map((text) => `${text}\n`).join('');
}

function isNumeric(text: string): boolean {
  return number.test(text) || nothing.test(text);
}

/** Takes from the widest columns until the line fits, or until nothing can be taken any more. */
function fit(wanted: readonly number[], width: number): readonly number[] {
  const widths = [...wanted];
  let excess = widths.reduce((sum, each) => sum + each + gap.length, -gap.length) - width;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    const second = Math.max(narrowest, ...widths.filter((each) => each < widest));
    const taken = Math.min(excess, widest - second);
    widths[widths.indexOf(widest)] = widest - taken;
    excess -= taken;
  }
  return widths;
}

function pad(cell: string, width: number, alignRight: boolean): string {
  const text = truncate(cell, width);
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return alignRight ? space + text : text + space;
}
