import { toIso, type UnixSeconds } from '../../platform/clock.ts';
import type { Kind, RecordKind } from '../../platform/kinds.ts';
import type { Claim, HeldItem, RecordDelivery, RecordedClaim } from '../destination.ts';
import { minus, noRecords, tallyOf, tallyUpdate } from '../sql/digest.ts';
import { mappingVersion } from '../sql/mapping.ts';
import type { RecoveryPage } from '../sql/recovery.ts';
import { type Found, rootTables, type Standing } from '../sql/standing.ts';
import { deliveredByLsid, rowsByLsid } from './by-lsid.ts';
import type { Database } from './database.ts';
import type { Written } from './record-writer.ts';
import { contentVersion } from './schema.ts';

export interface DeliveryNote {
  readonly transfer: string;
  readonly systemInformation: boolean;
  /** UNIX seconds. */
  readonly at: UnixSeconds;
  /** The delivery record that it takes the place of. */
  readonly before: FoundHere['noted'];
}

export interface FoundHere extends Found {
  /** With the id of the delivery record. */
  readonly noted: { readonly rowsDigest: string | null; readonly id: number } | null;
}

/**
 * A record is known by its site. One without a delivery record may have a row all the same, of its host and LSID, that
 * belongs to no other site: its delivery record was lost.
 */
export function findRecord(database: Database, { kind, names }: RecordDelivery): FoundHere {
  const table = rootTables[kind];
  const noted = database
    .prepare(
      `SELECT d.id AS noted, r.id, r.host_name, d.content_hash, d.mapping, d.system_information, d.rows_digest
       FROM ic_delivery d LEFT JOIN ${table} r ON r.id = d.row_id
       WHERE ${deliveredByLsid(`'${kind}'`)} AND d.site = @site ORDER BY d.id DESC LIMIT 1`,
    )
    .get({ lsid: names.lsid, site: names.site });
  if (noted !== undefined)
    return {
      standing: noted.id === null ? null : toStanding(noted),
      noted: {
        id: Number(noted.noted),
        rowsDigest: noted.rows_digest === null ? null : String(noted.rows_digest),
      },
    };
  const row = database
    .prepare(
      `SELECT r.id, r.host_name FROM ${table} r LEFT JOIN ic_delivery d ON d.kind = '${kind}' AND d.row_id = r.id
       WHERE ${rowsByLsid(table)} AND r.host_name = @host AND d.row_id IS NULL ORDER BY r.id LIMIT 1`,
    )
    .get({ lsid: names.lsid, host: names.host });
  return { standing: row === undefined ? null : toStanding(row), noted: null };
}

function toStanding(row: Readonly<Record<string, unknown>>): Standing {
  return {
    id: Number(row.id),
    contentHash: row.content_hash === undefined ? null : String(row.content_hash),
    mapping: Number(row.mapping ?? 0),
    systemInformation: row.system_information === 1,
    host: String(row.host_name),
  };
}

export function noteDelivery(
  database: Database,
  { kind, names, contentHash }: RecordDelivery,
  { id, rows, digest }: Written,
  { transfer, systemInformation, at, before }: DeliveryNote,
): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO ic_delivery (id, site, kind, lsid, host_name, row_id, row_count, rows_digest, content_hash,
         mapping, system_information, transfer, delivered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      before?.id ?? null,
      names.site,
      kind,
      names.lsid,
      names.host,
      id,
      rows,
      digest,
      contentHash,
      mappingVersion,
      systemInformation ? 1 : 0,
      transfer,
      toIso(at),
    );
  const lsid = names.lsid ?? '';
  const known = before === null ? noRecords : tallyOf(kind, lsid, before.rowsDigest);
  const { records, parts } = minus(tallyOf(kind, lsid, digest), known);
  database.prepare(tallyUpdate('', kind, ['?', '?', '?', '?', '?'])).run(records, ...parts);
}

/** What was delivered last of a record whose row is there, in a file of any version of the schema. */
export function findHeld(
  database: Database,
  version: number,
  { site, kind, lsid }: { readonly site: string; readonly kind: RecordKind; readonly lsid: string },
): HeldItem | null {
  const isRecord = version >= contentVersion ? deliveredByLsid('@kind') : 'd.kind = @kind AND d.lsid = @lsid';
  const row = database
    .prepare(
      `SELECT d.content_hash FROM ic_delivery d JOIN ${rootTables[kind]} r ON r.id = d.row_id
       WHERE ${isRecord} AND d.site = @site ORDER BY d.delivered_at DESC LIMIT 1`,
    )
    .get({ site, kind, lsid });
  return row === undefined ? null : { contentHash: String(row.content_hash) };
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

/** The next records that were delivered from a site, after a delivery record's id, in the order of those. */
export function readEntries(
  database: Database,
  { site, kind }: { readonly site: string; readonly kind: RecordKind },
  after: number,
  limit: number,
): RecoveryPage<number> {
  const rows = database
    .prepare(
      `SELECT d.id, d.lsid, d.content_hash, coalesce(r.end_time, r.start_time, d.delivered_at) AS time
       FROM ic_delivery d JOIN ${rootTables[kind]} r ON r.id = d.row_id
       WHERE d.kind = ? AND d.site = ? AND d.id > ? ORDER BY d.id LIMIT ?`,
    )
    .all(kind, site, after, limit);
  const entries = rows.map((row) => ({
    lsid: String(row.lsid),
    instance: null,
    contentHash: String(row.content_hash),
    time: Date.parse(String(row.time)) / 1000,
  }));
  return { entries, next: rows.length < limit ? null : Number(rows.at(-1)?.id) };
}
