import type { RecordKind } from '../../platform/kinds.ts';
import type { StoredProblem } from '../verification.ts';
import { rootTables } from './standing.ts';

/** A delivery whose rows are not what they were, as `mismatches` selects it. */
export interface Mismatch {
  readonly host_name: string;
  readonly lsid: string;
  readonly site: string;
  readonly transfer: string;
  readonly row_count: number;
  /** Null: the row itself is gone. */
  readonly id_now: number | null;
  readonly rows_now: number;
}

export const verifiedKinds: readonly RecordKind[] = ['sessions', 'presentations'];

/** How many rows lie below a root row, by the tables that refer to it. `schema` is empty or ends in a period. */
const countsBelow: Record<RecordKind, (schema: string) => readonly string[]> = {
  sessions: (schema) => [
    ...['representative', 'customer', 'team', 'custom_attribute', 'session_event'].map(
      (table) => `(SELECT COUNT(*) FROM ${schema}${table} x WHERE x.session_id = r.id)`,
    ),
    ...['session_event_data', 'system_information'].map(
      (table) =>
        `(SELECT COUNT(*) FROM ${schema}${table} x JOIN ${schema}session_event e ON e.id = x.session_event_id WHERE e.session_id = r.id)`,
    ),
  ],
  presentations: (schema) => [
    `(SELECT COUNT(*) FROM ${schema}presentation_attendee x WHERE x.presentation_id = r.id)`,
  ],
};

/** Every delivery of the kind whose record is gone, or has more or fewer rows below it. SQL that both databases take. */
export function mismatches(kind: RecordKind, schema = ''): string {
  return `SELECT * FROM (
      SELECT d.host_name, d.lsid, d.site, d.transfer, d.row_count, r.id AS id_now,
        ${countsBelow[kind](schema).join(' + ')} AS rows_now
      FROM ${schema}ic_delivery d
      LEFT JOIN ${schema}${rootTables[kind]} r ON r.id = d.row_id
      WHERE d.kind = '${kind}'
    ) compared
    WHERE id_now IS NULL OR rows_now <> row_count`;
}

export function toProblem(kind: RecordKind, row: Mismatch): StoredProblem {
  const { host_name: host, lsid, site, transfer } = row;
  const unknown = { lseq: null, sessionType: null, externalKey: null, startTime: null, endTime: null };
  return {
    kind: row.id_now === null ? 'missing' : 'altered',
    path: `${rootTables[kind]} ${lsid} of ${host}`,
    message:
      row.id_now === null
        ? 'was delivered, and its row is gone'
        : `was delivered with ${row.row_count} rows below it, and has ${row.rows_now}`,
    item: { transfer, site, kind, lsid, instance: null, ...unknown },
  };
}
