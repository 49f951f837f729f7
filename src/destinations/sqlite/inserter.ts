import type { StatementSync } from 'node:sqlite';
import { toIso } from '../../platform/clock.ts';
import { MalformedTextError } from '../sql/outcomes.ts';
import { type AnyRow, type Cell, type Column, columnsOf, type TableName } from '../sql/tables.ts';
import type { Database } from './database.ts';

/** Rows that one statement takes. Sixteen rows cost two thirds of what sixteen statements do; more gain nothing. */
const sizes = [16, 4, 1] as const;

/** Inserts rows of one table, many with each statement. */
export class Inserter {
  readonly #table: TableName;
  readonly #leading: readonly string[];
  readonly #columns: readonly Column[];
  readonly #database: Database;
  readonly #statements = new Map<number, StatementSync>();

  /** `leading`: the columns before those of the table's rows: its id or its references. */
  constructor(database: Database, table: TableName, leading: readonly string[]) {
    this.#database = database;
    this.#table = table;
    this.#leading = leading;
    this.#columns = columnsOf(table);
  }

  /** `leadingCells` gives the cells that stand before those of each row. */
  insert<Row extends AnyRow>(rows: readonly Row[], leadingCells: (index: number) => readonly Cell[]): void {
    let from = 0;
    for (const size of sizes) {
      while (rows.length - from >= size) {
        const parameters: Cell[] = [];
        for (let index = from; index < from + size; index += 1) {
          parameters.push(...leadingCells(index));
          appendCells(parameters, rows[index] as Row, this.#columns);
        }
        this.#statement(size).run(...parameters);
        from += size;
      }
    }
  }

  #statement(size: number): StatementSync {
    let statement = this.#statements.get(size);
    if (statement === undefined) {
      const names = [...this.#leading, ...this.#columns.map(({ name }) => name)];
      const marks = `(${names.map(() => '?').join(', ')})`;
      const values = Array.from({ length: size }, () => marks).join(', ');
      statement = this.#database.prepare(`INSERT INTO ${this.#table} (${names.join(', ')}) VALUES ${values}`);
      this.#statements.set(size, statement);
    }
    return statement;
  }
}

/** A row's cells as SQLite keeps them, in the order of the columns. */
export function appendCells(cells: Cell[], row: AnyRow, columns: readonly Column[]): void {
  for (const { name, type } of columns) {
    const cell = row[name] ?? null;
    if (typeof cell === 'string' && !cell.isWellFormed()) throw new MalformedTextError(name);
    cells.push(type === 'time' && typeof cell === 'number' ? toIso(cell) : cell);
  }
}
