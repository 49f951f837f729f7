import type { UnixSeconds } from '../../platform/clock.ts';
import type { Kind, RecordKind } from '../../platform/kinds.ts';
import type { Claim, RecordedClaim, RecoveredEntry } from '../destination.ts';
import { rootTables, type Standing } from '../sql/standing.ts';
import type { Parameter, ResultRow, Statements } from './client.ts';

/** Sites that have one host are one to `ic_delivery`; LSIDs beyond this length are refused. */
export const longestLsid = 128;
export const longestHost = 255;

/** A record's row with the LSID that it has there. */
export interface FoundRecord extends Standing {
  readonly lsid: string;
}

/**
 * The records of a host that are there, by `keyOf` their LSIDs; the one with the very LSID where there are several. Their rows stay locked to the end of the transaction, against
 * writers that know nothing of ic's own lock.
 */
export async function findStanding(
  statements: Statements,
  kind: RecordKind,
  host: string,
  lsids: readonly string[],
): Promise<ReadonlyMap<string, FoundRecord>> {
  const { driver } = statements;
  const parameters: Record<string, Parameter> = { host: { type: driver.NVarChar(255), value: host } };
  for (const [index, value] of lsids.entries())
    parameters[`l${index}`] = { type: driver.NVarChar(longestLsid), value };
  const list = lsids.map((_, index) => `@l${index}`).join(', ');
  const [rows = [], notes = []] = await statements.query(
    `SELECT id, lsid FROM dbo.${rootTables[kind]} WITH (UPDLOCK, HOLDLOCK) WHERE host_name = @host AND lsid IN (${list}) ORDER BY id DESC;
     SELECT lsid, content_hash, mapping, system_information FROM dbo.ic_delivery WHERE kind = N'${kind}' AND host_name = @host AND lsid IN (${list});`,
    parameters,
  );
  const noted = new Map(notes.map((note) => [exactly(note.lsid), note]));
  const wanted = new Set(lsids.map(exactly));
  const inOrder = [
    ...rows.filter(({ lsid }) => !wanted.has(exactly(lsid))),
    ...rows.filter(({ lsid }) => wanted.has(exactly(lsid))),
  ];
  return new Map(inOrder.map((row) => [keyOf(row.lsid), toFound(row, noted.get(exactly(row.lsid)))]));
}

function toFound(row: ResultRow, note: ResultRow | undefined): FoundRecord {
  return {
    id: Number(row.id),
    lsid: exactly(row.lsid),
    contentHash: note === undefined ? null : String(note.content_hash),
    mapping: Number(note?.mapping ?? 0),
    systemInformation: Number(note?.system_information ?? 0) === 1,
  };
}

/** Columns of a fixed length fill up with blanks. */
export function exactly(lsid: unknown): string {
  return String(lsid).trimEnd();
}

/** LSIDs are the same to most databases in upper and lower case, and with blanks at the end. */
export function keyOf(lsid: unknown): string {
  return exactly(lsid).toLowerCase();
}

export interface ClaimKey {
  readonly transfer: string;
  readonly site: string;
  readonly kind: Kind;
}

/** Also in a database that the present version has not opened yet. */
export async function readClaim(statements: Statements, key: ClaimKey): Promise<RecordedClaim | null> {
  const [rows] = await statements.query(
    'SELECT * FROM dbo.ic_watermark WHERE transfer = @transfer AND site = @site AND kind = @kind',
    keyParameters(statements, key),
  );
  const until = toSeconds(rows?.[0]?.watermark);
  return until === null ? null : { since: toSeconds(rows?.[0]?.since), until };
}

function toSeconds(value: unknown): UnixSeconds | null {
  return value instanceof Date ? value.getTime() / 1000 : null;
}

export async function writeClaim(
  statements: Statements,
  key: ClaimKey,
  { since, until }: Claim,
  now: UnixSeconds,
): Promise<void> {
  const { driver } = statements;
  await statements.query(
    `UPDATE dbo.ic_watermark SET since = @since, watermark = @watermark, updated_at = @now
       WHERE transfer = @transfer AND site = @site AND kind = @kind;
     IF @@ROWCOUNT = 0 INSERT INTO dbo.ic_watermark (transfer, site, kind, since, watermark, updated_at)
       VALUES (@transfer, @site, @kind, @since, @watermark, @now);`,
    {
      ...keyParameters(statements, key),
      since: { type: driver.DateTime2(3), value: new Date(since * 1000) },
      watermark: { type: driver.DateTime2(3), value: new Date(until * 1000) },
      now: { type: driver.DateTime2(3), value: new Date(now * 1000) },
    },
  );
}

function keyParameters({ driver }: Statements, { transfer, site, kind }: ClaimKey) {
  return {
    transfer: { type: driver.NVarChar(200), value: transfer },
    site: { type: driver.NVarChar(200), value: site },
    kind: { type: driver.NVarChar(32), value: kind },
  };
}

/** The next records that were delivered from a site, after an LSID, in the order of LSIDs. */
export async function readEntries(
  statements: Statements,
  { site, kind }: { readonly site: string; readonly kind: RecordKind },
  after: string,
  limit: number,
): Promise<readonly RecoveredEntry[]> {
  const { driver } = statements;
  const [rows = []] = await statements.query(
    `SELECT TOP (${limit}) d.lsid, d.content_hash, COALESCE(r.end_time, r.start_time, d.delivered_at) AS time
     FROM dbo.ic_delivery d JOIN dbo.${rootTables[kind]} r ON r.id = d.row_id
     WHERE d.kind = @kind AND d.site = @site AND d.lsid > @after ORDER BY d.lsid`,
    {
      kind: { type: driver.NVarChar(32), value: kind },
      site: { type: driver.NVarChar(255), value: site },
      after: { type: driver.NVarChar(longestLsid), value: after },
    },
  );
  return rows.map(({ lsid, content_hash, time }) => ({
    lsid: String(lsid),
    instance: null,
    contentHash: String(content_hash),
    time: Math.floor((time as Date).getTime() / 1000),
  }));
}
