import { toIso, type UnixSeconds } from '../../platform/clock.ts';
import type { Kind, RecordKind } from '../../platform/kinds.ts';
import type { Claim, RecordDelivery, RecordedClaim, RecoveredEntry } from '../destination.ts';
import { mappingVersion } from '../sql/mapping.ts';
import { rootTables, type Standing } from '../sql/standing.ts';
import type { Database } from './database.ts';
import type { Written } from './record-writer.ts';

export interface DeliveryNote {
  readonly transfer: string;
  readonly systemInformation: boolean;
  /** UNIX seconds. */
  readonly at: UnixSeconds;
}

export function findStanding(database: Database, { kind, names }: RecordDelivery): Standing | null {
  const row = database
    .prepare(
      `SELECT r.id, d.content_hash, d.mapping, d.system_information
       FROM ${rootTables[kind]} r
       LEFT JOIN ic_delivery d ON d.host_name = r.host_name AND d.kind = '${kind}' AND d.lsid = r.lsid
       WHERE r.lsid = ? AND r.host_name = ?`,
    )
    .get(names.lsid, names.host);
  if (row === undefined) return null;
  return {
    id: Number(row.id),
    contentHash: row.content_hash === null ? null : String(row.content_hash),
    mapping: Number(row.mapping),
    systemInformation: row.system_information === 1,
  };
}

export function noteDelivery(
  database: Database,
  { kind, names, contentHash }: RecordDelivery,
  { id, rows }: Written,
  { transfer, systemInformation, at }: DeliveryNote,
): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO ic_delivery (host_name, kind, lsid, row_id, row_count, content_hash, mapping,
         system_information, site, transfer, delivered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      names.host,
      kind,
      names.lsid,
      id,
      rows,
      contentHash,
      mappingVersion,
      systemInformation ? 1 : 0,
      names.site,
      transfer,
      toIso(at),
    );
}

export interface ClaimKey {
  readonly transfer: string;
  readonly site: string;
  readonly kind: Kind;
}

/** Also in a file that the present version has not opened yet. */
export function readClaim(database: Database, { transfer, site, kind }: ClaimKey): RecordedClaim | null {
  const row = database
    .prepare('SELECT * FROM ic_watermark WHERE transfer = ? AND site = ? AND kind = ?')
    .get(transfer, site, kind);
  if (row === undefined) return null;
  const since = typeof row.since === 'string' ? toSeconds(row.since) : null;
  return { since, until: toSeconds(row.watermark) };
}

export function writeClaim(
  database: Database,
  { transfer, site, kind }: ClaimKey,
  { since, until }: Claim,
  now: UnixSeconds,
): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO ic_watermark (transfer, site, kind, since, watermark, updated_at) VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(transfer, site, kind, toIso(since), toIso(until), toIso(now));
}

function toSeconds(iso: unknown): UnixSeconds {
  return Date.parse(String(iso)) / 1000;
}

/** The next records that were delivered from a site, after an LSID, in the order of LSIDs. */
export function readEntries(
  database: Database,
  { site, kind }: { readonly site: string; readonly kind: RecordKind },
  after: string,
  limit: number,
): readonly RecoveredEntry[] {
  const rows = database
    .prepare(
      `SELECT d.lsid, d.content_hash, coalesce(r.end_time, r.start_time, d.delivered_at) AS time
       FROM ic_delivery d JOIN ${rootTables[kind]} r ON r.lsid = d.lsid AND r.host_name = d.host_name
       WHERE d.kind = ? AND d.site = ? AND d.lsid > ? ORDER BY d.lsid LIMIT ?`,
    )
    .all(kind, site, after, limit);
  return rows.map((row) => ({
    lsid: String(row.lsid),
    instance: null,
    contentHash: String(row.content_hash),
    time: Date.parse(String(row.time)) / 1000,
  }));
}
