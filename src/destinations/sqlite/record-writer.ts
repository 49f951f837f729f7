import type { RecordDelivery } from '../destination.ts';
import { digestPresentation, digestSession } from '../sql/digest.ts';
import { type MappingOptions, mapPresentation, mapSession, type SessionRows } from '../sql/mapping.ts';
import { type AnyRow, type Cell, columnsOf, references, type TableName } from '../sql/tables.ts';
import type { Database } from './database.ts';
import { appendCells, Inserter } from './inserter.ts';

/** What stands in the tables now. */
export interface Written {
  /** The id in `session` or `presentation`. */
  readonly id: number;
  /** Rows below it. */
  readonly rows: number;
  /** What its rows hold: see `digestSession`. */
  readonly digest: string;
}

/** Writes records as rows, within a transaction of its caller's. */
export class RecordWriter {
  readonly #database: Database;
  readonly #inserters = new Map<TableName, Inserter>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The rows of a record in place of those that `existing`, an id, has. */
  write(delivery: RecordDelivery, existing: number | null, options: MappingOptions): Written {
    if (delivery.kind === 'sessions')
      return this.#writeSession(mapSession(delivery.record, options), existing);
    const content = mapPresentation(delivery.record, options);
    const { presentation, attendees } = content;
    const id = this.#root('presentation', presentation, existing);
    if (existing !== null) this.#remove('presentation_attendee', id);
    const rows = this.#children('presentation_attendee', attendees, id);
    return { id, rows, digest: digestPresentation(content) };
  }

  #writeSession(rows: SessionRows, existing: number | null): Written {
    const id = this.#root('session', rows.session, existing);
    if (existing !== null) for (const table of below) this.#remove(table, id);
    const written =
      this.#children('representative', rows.representatives, id) +
      this.#children('customer', rows.customers, id) +
      this.#children('team', rows.teams, id) +
      this.#children('custom_attribute', rows.customAttributes, id) +
      this.#events(rows.events, id);
    return { id, rows: written, digest: digestSession(rows) };
  }

  #root(table: Root, row: AnyRow, existing: number | null): number {
    const cells: Cell[] = [];
    appendCells(cells, row, columnsOfRoot[table]);
    if (existing !== null) {
      this.#database.prepare(updates[table]).run(...cells, existing);
      return existing;
    }
    return Number(this.#database.prepare(inserts[table]).run(...cells).lastInsertRowid);
  }

  /** What lies below the table's rows goes with them. */
  #remove(table: TableName, parent: number): void {
    this.#database.prepare(`DELETE FROM ${table} WHERE ${references[table][0]} = ?`).run(parent);
  }

  #children<Row extends AnyRow>(table: TableName, rows: readonly Row[], parent: number): number {
    const leading = [parent];
    this.#inserter(table, references[table]).insert(rows, () => leading);
    return rows.length;
  }

  /** The ids of events are given out here, so that events and what belongs to them go in many at once. */
  #events(events: SessionRows['events'], session: number): number {
    const first = this.#nextEventId();
    const rows = events.map(({ event }) => event);
    this.#inserter('session_event', ['id', 'session_id']).insert(rows, (index) => [first + index, session]);

    const data = events.flatMap((event, index) => event.data.map((row) => ({ row, event: first + index })));
    this.#inserter('session_event_data', references.session_event_data).insert(
      data.map(({ row }) => row),
      (index) => [data[index]?.event ?? null],
    );

    const information = events.flatMap((event, index) =>
      event.systemInformation.map((row) => ({ row, event: first + index })),
    );
    this.#inserter('system_information', references.system_information).insert(
      information.map(({ row }) => row),
      (index) => [information[index]?.event ?? null, session],
    );
    return events.length + data.length + information.length;
  }

  #nextEventId(): number {
    const row = this.#database.prepare('SELECT max(id) AS id FROM session_event').get();
    return Number(row?.id ?? 0) + 1;
  }

  #inserter(table: TableName, leading: readonly string[]): Inserter {
    let inserter = this.#inserters.get(table);
    if (inserter === undefined) {
      inserter = new Inserter(this.#database, table, leading);
      this.#inserters.set(table, inserter);
    }
    return inserter;
  }
}

/** The tables that refer to `session`; those below `session_event` follow it. */
const below = ['representative', 'customer', 'team', 'custom_attribute', 'session_event'] as const;

type Root = 'session' | 'presentation';

const columnsOfRoot = { session: columnsOf('session'), presentation: columnsOf('presentation') } as const;
const updates = { session: updateSql('session'), presentation: updateSql('presentation') } as const;
const inserts = { session: insertSql('session'), presentation: insertSql('presentation') } as const;

function updateSql(table: Root): string {
  const assignments = columnsOf(table).map(({ name }) => `${name} = ?`);
  return `UPDATE ${table} SET ${assignments.join(', ')} WHERE id = ?`;
}

function insertSql(table: Root): string {
  const names = columnsOf(table).map(({ name }) => name);
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}
