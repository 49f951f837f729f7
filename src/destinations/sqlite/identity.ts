import { randomUUID } from 'node:crypto';
import { toIso, type UnixSeconds } from '../../platform/clock.ts';
import type { Position, Renaming } from '../destination.ts';
import { type DatabaseIdentity, noDatabase } from '../sql/identity.ts';
import { deliveredByLsid } from './by-lsid.ts';
import type { Database } from './database.ts';
import type { ClaimKey } from './delivery-records.ts';

/** The database's id, made where there is none. Within a transaction. */
export function requireId(database: Database, now: UnixSeconds): string {
  const present = readId(database);
  if (present !== null) return present;
  const id = randomUUID();
  database.prepare('INSERT INTO ic_destination (id, created_at) VALUES (?, ?)').run(id, toIso(now));
  return id;
}

export function readId(database: Database): string | null {
  const row = database.prepare('SELECT id FROM ic_destination').get();
  return row === undefined ? null : String(row.id);
}

export function readSequence(database: Database, transfer: string): number {
  const row = database.prepare('SELECT sequence FROM ic_transfer WHERE name = ?').get(transfer);
  return Number(row?.sequence ?? 0);
}

/** Within the transaction that it counts. */
export function countTransaction(database: Database, transfer: string): number {
  const row = database
    .prepare(
      `INSERT INTO ic_transfer (name, sequence) VALUES (?, 1)
       ON CONFLICT (name) DO UPDATE SET sequence = sequence + 1 RETURNING sequence`,
    )
    .get(transfer);
  return Number(row?.sequence);
}

/** What a file says of itself, whichever version wrote it. */
export function readIdentity(database: Database, key: ClaimKey, known: Position | null): DatabaseIdentity {
  if (!hasTable(database, 'ic_delivery')) return noDatabase;
  const holdsRecords = hasRecords(database, known === null ? key : null);
  if (!hasTable(database, 'ic_destination')) return { ...noDatabase, holdsRecords };
  const names = new Set([key.transfer, known?.transfer ?? key.transfer]);
  const sequence = Math.max(...[...names].map((name) => readSequence(database, name)));
  return { id: readId(database), sequence, holdsRecords };
}

function hasTable(database: Database, name: string): boolean {
  const found = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`).get(name);
  return found !== undefined;
}

function hasRecords(database: Database, key: ClaimKey | null): boolean {
  if (key === null) return database.prepare('SELECT 1 FROM ic_delivery LIMIT 1').get() !== undefined;
  const { site, kind } = key;
  return (
    database.prepare('SELECT 1 FROM ic_delivery WHERE site = ? AND kind = ? LIMIT 1').get(site, kind) !==
    undefined
  );
}

/** Within a transaction. What stands under the new names from an earlier time gives way. */
export function renameRecords(database: Database, { transfer, site }: Renaming): void {
  database
    .prepare('UPDATE OR REPLACE ic_watermark SET transfer = ?, site = ? WHERE transfer = ? AND site = ?')
    .run(transfer.to, site.to, transfer.from, site.from);
  database
    .prepare('UPDATE OR REPLACE ic_transfer SET name = ? WHERE name = ?')
    .run(transfer.to, transfer.from);
  // A record that the new name has by itself stays what it is, and so does the old name's.
  if (site.to === site.from) return;
  database
    .prepare(
      `UPDATE ic_delivery AS x SET site = @to WHERE x.site = @from AND NOT EXISTS (
         SELECT 1 FROM ic_delivery d WHERE ${deliveredByLsid('x.kind', 'x.lsid')} AND d.site = @to)`,
    )
    .run({ to: site.to, from: site.from });
}
