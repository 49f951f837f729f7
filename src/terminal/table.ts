import { type Colors, noColors, type Tone, toned } from './colors.ts';
import { printable, textWidth, truncate } from './text.ts';

export interface TableOptions {
  /** Columns of the terminal; Infinity: nothing is left out and nothing is cut. */
  readonly width: number;
  readonly colors?: Colors;
  /** Blanks before each line. */
  readonly indent?: number;
}

/** What to do with a column where the terminal is too narrow for all of them. Nothing of it happens to other output. */
export interface Column {
  readonly heading: string;
  /** Above 0: it may be left out; the column with the highest number goes first. */
  readonly expendable?: number;
  /** It says the same in row after row: it may stand in a line above these rows. Only leading columns. */
  readonly groups?: boolean;
  /** It is a sentence: it may stand in a line below its row. */
  readonly sentence?: boolean;
  /** It is free text, such as a person's name: it may be cut down to this many columns, never a name that is looked up. */
  readonly shrinksTo?: number;
}

/** Text, or text whose colour means something. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

export type Row = readonly (Cell | undefined)[];

const gap = '  ';
const below = '    ';

/** A column of numbers, with their units or signs, stands at the right. */
const number = /^[+-]?\d[\d.,]*( ?([kMGTP]?B|%|s|min|h|d))?$/;

/** What stands where there is no number. */
const nothing = /^[–-]?$/;

/** How the columns share the width, decided once; lines that each end with `\n`. */
export interface TableLayout {
  readonly head: string;
  /** Lines of further rows; a cell that is wider than its column moves what follows, and is not cut. */
  lines(rows: readonly Row[]): string;
  /** Whether every column has found its place in a row of its own, uncut. */
  readonly isWhole: boolean;
}

/** Headings and rows in columns. Cells are data: nothing in them moves a cursor. */
export function renderTable(
  columns: readonly (Column | string)[],
  rows: readonly Row[],
  options: TableOptions,
): string {
  const layout = layoutTable(columns, rows, options);
  return layout.head + layout.lines(rows);
}

/** `rows` decide the widths: all of them, or the first ones of a table that is larger than memory. */
export function layoutTable(
  wanted: readonly (Column | string)[],
  rows: readonly Row[],
  options: TableOptions,
): TableLayout {
  const columns = wanted.map((column, index) => measure(column, index, rows));
  const plan = fit(columns, options.width - (options.indent ?? 0));
  const isWhole =
    plan.inline.length === columns.length && columns.every(({ width, natural }) => width >= natural);
  if (!plan.isGrouped) {
    return {
      isWhole,
      head: headLine(plan.inline, options),
      lines: (more) => renderRows(more, plan, [], options),
    };
  }
  const grouped = columns.filter((column) => column.groups);
  const inner = { ...options, indent: (options.indent ?? 0) + 2 };
  return { isWhole, head: '', lines: (more) => renderRows(more, plan, grouped, inner) };
}

interface Measured extends Column {
  readonly index: number;
  /** What the widest cell takes. */
  readonly natural: number;
  readonly alignRight: boolean;
  width: number;
}

interface Plan {
  readonly inline: readonly Measured[];
  readonly below: readonly Measured[];
  readonly isGrouped: boolean;
}

function measure(column: Column | string, index: number, rows: readonly Row[]): Measured {
  const known = typeof column === 'string' ? { heading: column } : column;
  const texts = rows.map((row) => textOf(row[index]));
  const natural = Math.max(textWidth(known.heading), ...texts.map(textWidth), 0);
  const isNumeric = texts.every((text) => number.test(text) || nothing.test(text));
  return {
    ...known,
    index,
    natural,
    width: natural,
    alignRight: isNumeric && texts.some((text) => number.test(text)),
  };
}

/** From what costs the reader least to what costs most; a line that is still too long is left to the terminal. */
function fit(columns: readonly Measured[], width: number): Plan {
  let inline = columns;
  const under = columns.filter((column) => column.sentence);
  if (isWithin(inline, width)) return { inline, below: [], isGrouped: false };
  if (under.length > 0) inline = inline.filter((column) => !column.sentence);
  if (isWithin(inline, width)) return { inline, below: under, isGrouped: false };
  const isGrouped = inline.some((column) => column.groups);
  if (isGrouped) inline = inline.filter((column) => !column.groups);
  const inner = isGrouped ? width - 2 : width;
  shrink(inline, inner);
  while (!isWithin(inline, inner)) {
    const least = Math.max(0, ...inline.map(({ expendable = 0 }) => expendable));
    if (least === 0) break;
    inline = inline.filter(({ expendable = 0 }) => expendable !== least);
  }
  return { inline, below: under, isGrouped };
}

function widthOf(columns: readonly Measured[]): number {
  return columns.reduce((sum, { width }) => sum + width + gap.length, -gap.length);
}

function isWithin(columns: readonly Measured[], width: number): boolean {
  return widthOf(columns) <= width;
}

function shrink(columns: readonly Measured[], width: number): void {
  for (const column of columns) {
    if (column.shrinksTo === undefined) continue;
    const excess = Math.max(0, widthOf(columns) - width);
    column.width = Math.max(Math.min(column.natural, column.shrinksTo), column.width - excess);
  }
}

function headLine(columns: readonly Measured[], { colors = noColors, indent = 0 }: TableOptions): string {
  const cells = columns.map((column) => pad(column.heading, column, same));
  return `${' '.repeat(indent)}${colors.bold(cells.join(gap).trimEnd())}\n`;
}

function renderRows(
  rows: readonly Row[],
  plan: Plan,
  grouped: readonly Measured[],
  options: TableOptions,
): string {
  const { colors = noColors, indent = 0 } = options;
  const margin = ' '.repeat(indent);
  let group = '';
  return rows
    .map((row) => {
      const cells = plan.inline.map((column) =>
        pad(textOf(row[column.index]), column, paint(row, column, colors)),
      );
      const sentences = plan.below
        .map((column) => textOf(row[column.index]))
        .filter((text) => text !== '')
        .map((text) => `${margin}${below}${text}\n`);
      const title = plan.isGrouped ? titleOf(row, grouped, options) : '';
      const above = title === group ? '' : `${title}${headLine(plan.inline, options)}`;
      group = title;
      return `${above}${`${margin}${cells.join(gap)}`.trimEnd()}\n${sentences.join('')}`;
    })
    .join('');
}

function titleOf(
  row: Row,
  grouped: readonly Measured[],
  { colors = noColors, indent = 0 }: TableOptions,
): string {
  const cells = grouped.map((column) => paint(row, column, colors)(textOf(row[column.index])));
  return `${' '.repeat(Math.max(0, indent - 2))}${cells.join(gap).trimEnd()}\n`;
}

const same = (text: string) => text;

function paint(row: Row, { index }: Measured, colors: Colors): (text: string) => string {
  const cell = row[index];
  return typeof cell === 'object' ? (text) => toned(colors, cell.tone, text) : same;
}

function textOf(cell: Cell | undefined): string {
  return printable(typeof cell === 'object' ? cell.text : (cell ?? ''));
}

function pad(
  cell: string,
  { width, natural, alignRight }: Measured,
  color: (text: string) => string,
): string {
  const text = width < natural ? truncate(cell, width) : cell;
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return alignRight ? space + color(text) : color(text) + space;
}
