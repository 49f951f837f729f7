import { IcError } from '../../platform/errors.ts';
import type { RecordDelivery } from '../destination.ts';
import { MalformedTextError, refusal } from '../sql/outcomes.ts';
import { type AnyRow, type Cell, columnsOf, type TableName } from '../sql/tables.ts';
import type { ColumnShape, Shapes } from './shapes.ts';

/**
 * The row with every cell as its column takes it: nothing in a column that takes no NULL is the empty text or 0, as
 * the original has it.
 * @throws IcError that names table, column and LSID, when a value does not fit: nothing is ever cut off.
 */
export function fit(
  table: TableName,
  row: AnyRow,
  shapes: Shapes,
  delivery: RecordDelivery,
): readonly Cell[] {
  const shape = shapes.get(table);
  return columnsOf(table).map(({ name, type }) => {
    const column = shape?.get(name);
    const cell = row[name] ?? null;
    if (typeof cell === 'string' && !cell.isWellFormed())
      throw refusal(delivery, new MalformedTextError(name).message);
    if (column === undefined) return cell;
    if (cell === null) return column.nullable || type === 'time' ? null : type === 'text' ? '' : 0;
    const objection = objectionTo(cell, column);
    if (objection === null) return cell;
    throw misfit(table, column, objection, delivery);
  });
}

const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  bit: [0n, 1n],
  tinyint: [0n, 255n],
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};

function objectionTo(cell: string | number, column: ColumnShape): string | null {
  const range = ranges[column.type];
  if (range !== undefined) return numberObjection(String(cell), range);
  const room = characters(column);
  if (typeof cell !== 'string' || room === null || lengthIn(cell, column) <= room) return null;
  return `takes ${room} characters, and the value has ${cell.length}`;
}

function numberObjection(text: string, [least, most]: readonly [bigint, bigint]): string | null {
  if (!/^[+-]?\d+$/.test(text)) return 'takes whole numbers, and the value is none';
  const value = BigInt(text);
  return value >= least && value <= most ? null : `takes ${least} to ${most}, and the value is ${text}`;
}

/** How many characters fit; null for types without a limit. */
function characters({ type, maxLength }: ColumnShape): number | null {
  if (maxLength < 0) return null;
  if (type === 'nvarchar' || type === 'nchar') return maxLength / 2;
  return type === 'varchar' || type === 'char' ? maxLength : null;
}

function lengthIn(text: string, { type, collation }: ColumnShape): number {
  const isUtf8 = type.startsWith('n') ? false : /_UTF8$/i.test(collation ?? '');
  return isUtf8 ? Buffer.byteLength(text) : text.length;
}

function misfit(
  table: TableName,
  column: ColumnShape,
  objection: string,
  { names }: RecordDelivery,
): IcError {
  const target = `dbo.${table} ALTER COLUMN ${column.name}`;
  return new IcError(
    'io',
    `Session ${names.lsid} of ${names.host} cannot be stored: column ${table}.${column.name} (${column.type}) ${objection}.`,
    {
      hint: `Widen the column (ALTER TABLE ${target} NVARCHAR(MAX)); the next run offers the session again.`,
    },
  );
}
