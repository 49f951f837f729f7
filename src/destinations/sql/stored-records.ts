import type { RecordKind } from '../../platform/kinds.ts';
import { digestPresentation, digestSession, type StoredRow } from './digest.ts';
import { rootTables } from './standing.ts';
import { columnsOf, type TableName } from './tables.ts';

/** A record as its rows hold it now. */
export interface StoredRecord {
  /** In `session` or `presentation`. */
  readonly id: number;
  /** Rows below it. */
  readonly rows: number;
  readonly digest: string;
}

/** Which records are read: a condition on the column that holds their ids. */
export type Where = (column: string) => string;

const listsBelow = {
  representatives: 'representative',
  customers: 'customer',
  teams: 'team',
  customAttributes: 'custom_attribute',
} as const;

/**
 * The statements whose result sets `storedRecords` puts together, in the same order. They are SQL that both databases
 * take; `schema` is empty or ends in a period.
 */
export function recordQueries(kind: RecordKind, schema: string, where: Where): readonly string[] {
  const root = rootTables[kind];
  const roots = `SELECT r.id AS parent, ${columns(root, 'r')} FROM ${schema}${root} r WHERE ${where('r.id')} ORDER BY r.id`;
  const below = (table: TableName, reference: string): string =>
    `SELECT x.${reference} AS parent, ${columns(table, 'x')} FROM ${schema}${table} x WHERE ${where(`x.${reference}`)} ORDER BY x.${reference}, x.id`;
  if (kind === 'presentations') return [roots, below('presentation_attendee', 'presentation_id')];
  const ofEvents = `FROM ${schema}session_event e JOIN ${schema}`;
  return [
    roots,
    ...Object.values(listsBelow).map((table) => below(table, 'session_id')),
    `SELECT e.session_id AS parent, e.id AS event, ${columns('session_event', 'e')} FROM ${schema}session_event e WHERE ${where('e.session_id')} ORDER BY e.session_id, e.id`,
    `SELECT e.session_id AS parent, e.id AS event, ${columns('session_event_data', 'x')} ${ofEvents}session_event_data x ON x.session_event_id = e.id WHERE ${where('e.session_id')} ORDER BY e.session_id, e.id, x.id`,
    `SELECT x.session_id AS parent, x.session_event_id AS event, ${columns('system_information', 'x')} FROM ${schema}system_information x WHERE ${where('x.session_id')} ORDER BY x.session_id, x.id`,
    // Those that name one of these events, and another session or none.
    `SELECT e.session_id AS parent, NULL AS event, ${columns('system_information', 'x')} ${ofEvents}system_information x ON x.session_event_id = e.id WHERE ${where('e.session_id')} AND (x.session_id IS NULL OR x.session_id <> e.session_id) ORDER BY e.session_id, x.id`,
  ];
}

function columns(table: TableName, alias: string): string {
  return columnsOf(table)
    .map(({ name }) => `${alias}.${name}`)
    .join(', ');
}

type Groups = ReadonlyMap<string, readonly StoredRow[]>;

/** The records that the result sets of `recordQueries` hold, by their ids. */
export function storedRecords(
  kind: RecordKind,
  sets: readonly (readonly StoredRow[])[],
): ReadonlyMap<number, StoredRecord> {
  const [roots = [], ...rest] = sets;
  const below = rest.map((rows) => groupBy(rows, 'parent'));
  const read = kind === 'sessions' ? storedSession : storedPresentation;
  return new Map(
    roots.map((root) => {
      const id = String(root.parent);
      return [
        Number(id),
        read(
          root,
          below.map((groups) => groups.get(id) ?? []),
        ),
      ];
    }),
  );
}

function storedPresentation(
  root: StoredRow,
  [attendees = []]: readonly (readonly StoredRow[])[],
): StoredRecord {
  const digest = digestPresentation({ presentation: root, attendees });
  return { id: Number(root.parent), rows: attendees.length, digest };
}

function storedSession(root: StoredRow, sets: readonly (readonly StoredRow[])[]): StoredRecord {
  const [representatives = [], customers = [], teams = [], customAttributes = [], ...ofEvents] = sets;
  const [events = [], data = [], information = [], misplaced = []] = ofEvents;
  const dataOf = groupBy(data, 'event');
  const informationOf = groupBy(information, 'event');
  const ids = new Set(events.map(({ event }) => String(event)));
  const digest = digestSession({
    session: root,
    representatives,
    customers,
    teams,
    customAttributes,
    events: events.map((event) => ({
      event,
      data: dataOf.get(String(event.event)) ?? [],
      systemInformation: informationOf.get(String(event.event)) ?? [],
    })),
    strays: [...information.filter(({ event }) => !ids.has(String(event))), ...misplaced],
  });
  return { id: Number(root.parent), rows: sets.reduce((sum, rows) => sum + rows.length, 0), digest };
}

/** Few groups have many rows, most calls have none. */
function groupBy(rows: readonly StoredRow[], column: string): Groups {
  return rows.length === 0 ? noGroups : Map.groupBy(rows, (row) => String(row[column]));
}

const noGroups: Groups = new Map();
