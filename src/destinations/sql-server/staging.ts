import type { Table } from 'mssql';
import type { EventRows, PresentationRows, SessionRows } from '../sql/mapping.ts';
import { type AnyRow, type Cell, type ColumnType, columnsOf, type TableName } from '../sql/tables.ts';
import type { Statements } from './client.ts';

/** A record's row with what stands beside it in the staging table. */
export interface RootRow {
  readonly cells: readonly Cell[];
  /** The id that it has; null when it is new. */
  readonly id: number | null;
  readonly rows: number;
  readonly contentHash: string;
}

/** Rows to be loaded, by table. The parent of a row counts from 1: among the roots, or among the events. */
export class Staged {
  readonly roots: RootRow[] = [];
  readonly children = new Map<TableName, { readonly parent: number; readonly cells: readonly Cell[] }[]>();

  /** How many rows of a table are staged. */
  count(table: TableName): number {
    return this.children.get(table)?.length ?? 0;
  }

  add(table: TableName, parent: number, cells: readonly Cell[]): void {
    const rows = this.children.get(table);
    if (rows) rows.push({ parent, cells });
    else this.children.set(table, [{ parent, cells }]);
  }
}

/** Makes a row's cells fit its table. */
export type Fit = (table: TableName, row: AnyRow) => readonly Cell[];

/** A record's rows, fitted: complete before any of them is staged, since fitting may refuse the record. */
export interface FittedRecord {
  readonly root: readonly Cell[];
  readonly rows: number;
  stage(staged: Staged, parent: number): void;
}

export function fitSession(rows: SessionRows, fit: Fit): FittedRecord {
  const lists: readonly (readonly [TableName, readonly AnyRow[]])[] = [
    ['representative', rows.representatives],
    ['customer', rows.customers],
    ['team', rows.teams],
    ['custom_attribute', rows.customAttributes],
  ];
  const children = lists.flatMap(([table, items]) => items.map((row) => ({ table, cells: fit(table, row) })));
  const events = rows.events.map((event) => fitEvent(event, fit));
  const below = events.reduce((sum, { data, information }) => sum + 1 + data.length + information.length, 0);
  return {
    root: fit('session', rows.session),
    rows: children.length + below,
    stage: (staged, parent) => {
      for (const { table, cells } of children) staged.add(table, parent, cells);
      for (const { event, data, information } of events) {
        staged.add('session_event', parent, event);
        const place = staged.count('session_event');
        for (const cells of data) staged.add('session_event_data', place, cells);
        for (const cells of information) staged.add('system_information', place, cells);
      }
    },
  };
}

function fitEvent({ event, data, systemInformation }: EventRows, fit: Fit) {
  return {
    event: fit('session_event', event),
    data: data.map((row) => fit('session_event_data', row)),
    information: systemInformation.map((row) => fit('system_information', row)),
  };
}

export function fitPresentation(rows: PresentationRows, fit: Fit): FittedRecord {
  const attendees = rows.attendees.map((row) => fit('presentation_attendee', row));
  return {
    root: fit('presentation', rows.presentation),
    rows: attendees.length,
    stage: (staged, parent) => {
      for (const cells of attendees) staged.add('presentation_attendee', parent, cells);
    },
  };
}

/** Loads what is staged into the #tables, which every login may have. */
export async function load(
  statements: Statements,
  root: 'session' | 'presentation',
  staged: Staged,
): Promise<void> {
  const table = newTable(statements, `#ic_${root}`, ['id', 'row_count', 'content_hash'], root);
  for (const [index, { id, rows, contentHash, cells }] of staged.roots.entries())
    table.rows.add(index + 1, id, rows, contentHash, ...toDriver(cells, root));
  await statements.bulk(table);
  for (const [name, rows] of staged.children) {
    const child = newTable(statements, `#ic_${name}`, ['parent'], name);
    for (const [index, { parent, cells }] of rows.entries())
      child.rows.add(index + 1, parent, ...toDriver(cells, name));
    await statements.bulk(child);
  }
}

const leadingTypes: Readonly<Record<string, ColumnType>> = {
  id: 'integer',
  row_count: 'integer',
  content_hash: 'text',
  parent: 'integer',
};

function newTable(
  { driver }: Statements,
  name: string,
  leading: readonly string[],
  source: TableName,
): Table {
  const types = {
    integer: () => driver.BigInt(),
    text: () => driver.NVarChar(driver.MAX),
    time: () => driver.DateTime2(0),
  };
  const table = new driver.Table(name);
  table.columns.add('ordinal', driver.Int(), { nullable: false });
  for (const column of leading)
    table.columns.add(column, types[leadingTypes[column] ?? 'text'](), { nullable: true });
  for (const column of columnsOf(source))
    table.columns.add(column.name, types[column.type](), { nullable: true });
  return table;
}

type DriverCell = Cell | Date;

/** The driver takes instants as dates, and whole numbers beyond 32 bits as they are. */
function toDriver(cells: readonly Cell[], table: TableName): readonly DriverCell[] {
  return columnsOf(table).map(({ type }, index) => {
    const cell = cells[index] ?? null;
    return type === 'time' && typeof cell === 'number' ? new Date(cell * 1000) : cell;
  }) as readonly DriverCell[];
}
