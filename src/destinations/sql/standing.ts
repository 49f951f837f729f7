import type { RecordKind } from '../../platform/kinds.ts';
import type { RecordDelivery } from '../destination.ts';
import { mappingVersion } from './mapping.ts';

/** The table that holds one row for each record of a kind. */
export const rootTables: Readonly<Record<RecordKind, 'session' | 'presentation'>> = {
  sessions: 'session',
  presentations: 'presentation',
};

/** A record's row as it stands in the database. */
export interface Standing {
  /** In `session` or `presentation`. */
  readonly id: number;
  /** Null when the row was there before ic was. */
  readonly contentHash: string | null;
  /** What made rows of it: see `mappingVersion`. */
  readonly mapping: number;
  readonly systemInformation: boolean;
  /** The host that its row names. */
  readonly host: string;
}

/** What a database holds of a record that is offered. */
export interface Found {
  /** Null when it has no row. */
  readonly standing: Standing | null;
  /** The record's delivery record; null when it has none. */
  readonly noted: { readonly rowsDigest: string | null } | null;
}

/** Whether the record stands there as it would be written now. */
export function isCurrent(standing: Standing, item: RecordDelivery, systemInformation: boolean): boolean {
  return (
    standing.contentHash !== null &&
    item.hasContent(standing.contentHash) &&
    standing.host.toLowerCase() === item.names.host.toLowerCase() &&
    standing.mapping >= mappingVersion &&
    (standing.systemInformation || !systemInformation)
  );
}
