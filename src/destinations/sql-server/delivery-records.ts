import type { UnixSeconds } from '../../platform/clock.ts';
import type { Kind, RecordKind } from '../../platform/kinds.ts';
import type { Claim, HeldItem, RecordedClaim } from '../destination.ts';
import { type Tally, tallyUpdate } from '../sql/digest.ts';
import type { RecoveryPage } from '../sql/recovery.ts';
import type { Seal } from '../sql/seal.ts';
import { type Found, rootTables, type Standing } from '../sql/standing.ts';
import type { Parameter, ResultRow, Statements } from './client.ts';
import type { ColumnShape, Shapes } from './shapes.ts';

/** LSIDs and hosts beyond these lengths are refused. */
export const longestLsid = 128;
export const longestHost = 255;

export interface RecordOwner {
  readonly kind: RecordKind;
  readonly site: string;
  readonly host: string;
}

/**
 * What is there of a site's records, by their LSIDs. One without a delivery record may have a row all the same, of its
 * host and LSID, that belongs to no other site: of the original product, or one whose delivery record was lost. Rows stay
 * locked to the end of the transaction, against writers that know nothing of ic's own lock.
 */
export async function findRecords(
  statements: Statements,
  { kind, site, host }: RecordOwner,
  lsids: readonly string[],
  shapes: Shapes,
): Promise<ReadonlyMap<string, Found>> {
  const { driver } = statements;
  const table = rootTables[kind];
  const parameters: Record<string, Parameter> = {
    site: { type: driver.NVarChar(255), value: site },
    host: { type: driver.NVarChar(255), value: host },
  };
  for (const [index, value] of lsids.entries())
    parameters[`l${index}`] = { type: driver.NVarChar(longestLsid), value };
  const names = lsids.map((_, index) => `@l${index}`);
  const inColumn = (column: string, name: string): string => asColumn(name, shapes.get(table)?.get(column));
  const [noted = [], rows = []] = await statements.query(
    `SELECT d.lsid, d.rows_digest, d.content_hash, d.mapping, d.system_information, r.id, r.host_name
       FROM dbo.ic_delivery d LEFT JOIN dbo.${table} r WITH (UPDLOCK, HOLDLOCK) ON r.id = d.row_id
       WHERE d.site = @site AND d.kind = N'${kind}' AND d.lsid IN (${names.join(', ')});
     SELECT r.id, r.lsid, r.host_name FROM dbo.${table} r WITH (UPDLOCK, HOLDLOCK)
       WHERE r.host_name = ${inColumn('host_name', '@host')} AND r.lsid IN (${names.map((name) => inColumn('lsid', name)).join(', ')})
         AND NOT EXISTS (SELECT 1 FROM dbo.ic_delivery d WHERE d.kind = N'${kind}' AND d.row_id = r.id)
       ORDER BY r.id DESC;`,
    parameters,
  );
  const found = new Map<string, Found>();
  for (const row of rows) found.set(exactly(row.lsid), { standing: toStanding(row), noted: null });
  for (const note of noted) {
    const standing = note.id == null ? null : toStanding(note);
    const rowsDigest = note.rows_digest == null ? null : String(note.rows_digest);
    found.set(exactly(note.lsid), { standing, noted: { rowsDigest } });
  }
  return found;
}

/**
 * A parameter as its column has it: compared with a Unicode text, an older column is converted row by row, and no index
 * is of use.
 */
function asColumn(name: string, column: ColumnShape | undefined): string {
  return column?.type === 'varchar' || column?.type === 'char' ? `CONVERT(VARCHAR(255), ${name})` : name;
}

function toStanding(row: ResultRow): Standing {
  return {
    id: Number(row.id),
    contentHash: row.content_hash == null ? null : String(row.content_hash),
    mapping: Number(row.mapping ?? 0),
    systemInformation: Number(row.system_information ?? 0) === 1,
    host: exactly(row.host_name),
  };
}

/** What the rows of records that were written hold, which only reading them tells: columns of others may change it. */
export async function noteContent(
  statements: Statements,
  kind: RecordKind,
  seals: readonly Seal[],
  change: Tally,
): Promise<void> {
  await writeSeals(statements, kind, seals);
  const { driver } = statements;
  const marks = ['@records', '@a', '@b', '@c', '@d'];
  const numbers = [change.records, ...change.parts];
  await statements.query(
    tallyUpdate('dbo.', kind, marks),
    Object.fromEntries(
      marks.map((mark, index) => [mark.slice(1), { type: driver.BigInt(), value: numbers[index] }]),
    ),
  );
}

/** Notes what rows hold, where what was noted is still the same as before. */
export async function writeSeals(
  statements: Statements,
  kind: RecordKind,
  seals: readonly Seal[],
): Promise<void> {
  const { driver } = statements;
  const parameters: Record<string, Parameter> = {};
  const values = seals.map(({ rowId, rowCount, rowsDigest, before }, index) => {
    parameters[`i${index}`] = { type: driver.BigInt(), value: rowId };
    parameters[`n${index}`] = { type: driver.Int(), value: rowCount };
    parameters[`d${index}`] = { type: driver.NVarChar(80), value: rowsDigest };
    parameters[`b${index}`] = { type: driver.NVarChar(80), value: before ?? '' };
    return `(@i${index}, @n${index}, @d${index}, @b${index})`;
  });
  await statements.query(
    `UPDATE d SET row_count = v.row_count, rows_digest = v.rows_digest
     FROM dbo.ic_delivery d JOIN (VALUES ${values.join(', ')}) v (id, row_count, rows_digest, before) ON v.id = d.row_id
     WHERE d.kind = N'${kind}' AND COALESCE(d.rows_digest, N'') = v.before;`,
    parameters,
  );
}

/** Columns of a fixed length fill up with blanks. */
export function exactly(lsid: unknown): string {
  return String(lsid).trimEnd();
}

/** SQL Server takes 2,100 parameters in one statement. */
const lsidsAtOnce = 1_000;

/** In the order of the LSIDs, what was delivered last of each record whose row is there. */
export async function findHeld(
  statements: Statements,
  { site, kind }: { readonly site: string; readonly kind: RecordKind },
  lsids: readonly string[],
): Promise<readonly (HeldItem | null)[]> {
  const { driver } = statements;
  const held: (HeldItem | null)[] = [];
  for (let from = 0; from < lsids.length; from += lsidsAtOnce) {
    const wanted = lsids.slice(from, from + lsidsAtOnce);
    const parameters: Record<string, Parameter> = {
      site: { type: driver.NVarChar(255), value: site },
      kind: { type: driver.NVarChar(32), value: kind },
    };
    for (const [index, value] of wanted.entries())
      parameters[`l${index}`] = { type: driver.NVarChar(longestLsid), value };
    const list = wanted.map((_, index) => `@l${index}`).join(', ');
    const [rows = []] = await statements.query(
      `SELECT d.lsid, d.content_hash FROM dbo.ic_delivery d JOIN dbo.${rootTables[kind]} r ON r.id = d.row_id
       WHERE d.kind = @kind AND d.site = @site AND d.lsid IN (${list}) ORDER BY d.delivered_at`,
      parameters,
    );
    const hashes = new Map(rows.map((row) => [exactly(row.lsid), String(row.content_hash)]));
    for (const lsid of wanted) {
      const contentHash = hashes.get(exactly(lsid));
      held.push(contentHash === undefined ? null : { contentHash });
    }
  }
  return held;
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
): Promise<RecoveryPage<string>> {
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
  const entries = rows.map(({ lsid, content_hash, time }) => ({
    lsid: String(lsid),
    instance: null,
    contentHash: String(content_hash),
    time: Math.floor((time as Date).getTime() / 1000),
  }));
  return { entries, next: rows.length < limit ? null : (entries.at(-1)?.lsid ?? null) };
}
