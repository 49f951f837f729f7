import type {
  ExpectedEvent,
  ExpectedPresentation,
  ExpectedSession,
  Values as ExpectedValues,
} from './expected.ts';

/** A row as a driver gives it. */
export type DriverRow = Readonly<Record<string, unknown>>;

/** All rows of a table in the order of their ids. */
export type ReadTable = (table: string) => Promise<readonly DriverRow[]>;

/** Every session that a database holds, put together by what its rows refer to, in the order of LSIDs. */
export async function heldSessions(read: ReadTable): Promise<readonly ExpectedSession[]> {
  const [sessions, representative, customer, team, attribute, event, data, information] = await Promise.all([
    read('session'),
    below(read, 'representative', 'session_id'),
    below(read, 'customer', 'session_id'),
    below(read, 'team', 'session_id'),
    below(read, 'custom_attribute', 'session_id'),
    below(read, 'session_event', 'session_id'),
    below(read, 'session_event_data', 'session_event_id'),
    below(read, 'system_information', 'session_event_id'),
  ]);
  const events = (session: DriverRow): readonly ExpectedEvent[] =>
    (event.get(String(session.id)) ?? []).map((row) => ({
      event: valuesOf(row, 'session_id'),
      data: childrenOf(data, row, 'session_event_id'),
      systemInformation: (information.get(String(row.id)) ?? []).map((child) => {
        if (String(child.session_id) !== String(session.id)) throw new Error('it names another session');
        return valuesOf(child, 'session_event_id', 'session_id');
      }),
    }));
  return byLsid(
    sessions.map((session) => ({
      session: valuesOf(session),
      representative: childrenOf(representative, session, 'session_id'),
      customer: childrenOf(customer, session, 'session_id'),
      team: childrenOf(team, session, 'session_id'),
      custom_attribute: childrenOf(attribute, session, 'session_id'),
      session_event: events(session),
    })),
    ({ session }) => session.lsid,
  );
}

export async function heldPresentations(read: ReadTable): Promise<readonly ExpectedPresentation[]> {
  const attendees = await below(read, 'presentation_attendee', 'presentation_id');
  const rows = (await read('presentation')).map((row) => ({
    presentation: valuesOf(row),
    attendees: childrenOf(attendees, row, 'presentation_id'),
  }));
  return byLsid(rows, ({ presentation }) => presentation.lsid);
}

export function byLsid<T>(items: readonly T[], lsid: (item: T) => string | null | undefined): readonly T[] {
  return items.toSorted((a, b) => ((lsid(a) ?? '') < (lsid(b) ?? '') ? -1 : 1));
}

type Groups = ReadonlyMap<string, readonly DriverRow[]>;

async function below(read: ReadTable, table: string, reference: string): Promise<Groups> {
  return Map.groupBy(await read(table), (row) => String(row[reference]));
}

function childrenOf(groups: Groups, parent: DriverRow, reference: string): readonly ExpectedValues[] {
  return (groups.get(String(parent.id)) ?? []).map((row) => valuesOf(row, reference));
}

function valuesOf(row: DriverRow, ...references: readonly string[]): ExpectedValues {
  const own = Object.entries(row).filter(([name]) => name !== 'id' && !references.includes(name));
  return Object.fromEntries(own.map(([name, value]) => [name, asText(name, value)]));
}

function asText(column: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString().slice(0, 19);
  const text = typeof value === 'boolean' ? String(Number(value)) : String(value);
  // SQLite has no type for instants: the Z says that they are UTC.
  return column.endsWith('_time') ? text.replace(/Z$/, '') : text;
}
