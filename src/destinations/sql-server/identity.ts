import { randomUUID } from 'node:crypto';
import type { Position, Renaming } from '../destination.ts';
import { type DatabaseIdentity, noDatabase } from '../sql/identity.ts';
import type { Statements } from './client.ts';
import type { ClaimKey } from './delivery-records.ts';

/** The database's id, made where there is none. */
export async function requireId(statements: Statements): Promise<string> {
  const { driver } = statements;
  // Of two that make one at the same time, the second finds the first one's.
  const [rows] = await statements.query(
    `IF NOT EXISTS (SELECT 1 FROM dbo.ic_destination WITH (UPDLOCK, HOLDLOCK))
       INSERT INTO dbo.ic_destination (id, created_at) VALUES (@id, SYSUTCDATETIME());
     SELECT id FROM dbo.ic_destination;`,
    { id: { type: driver.NVarChar(64), value: randomUUID() } },
  );
  return String(rows?.[0]?.id);
}

export async function readSequence(statements: Statements, transfer: string): Promise<number> {
  const [rows] = await statements.query(
    'SELECT sequence FROM dbo.ic_transfer WHERE name = @transfer',
    nameParameter(statements, transfer),
  );
  return Number(rows?.[0]?.sequence ?? 0);
}

/** Within the transaction that it counts. */
export async function countTransaction(statements: Statements, transfer: string): Promise<number> {
  const [rows] = await statements.query(
    `UPDATE dbo.ic_transfer SET sequence = sequence + 1 WHERE name = @transfer;
     IF @@ROWCOUNT = 0 INSERT INTO dbo.ic_transfer (name, sequence) VALUES (@transfer, 1);
     SELECT sequence FROM dbo.ic_transfer WHERE name = @transfer;`,
    nameParameter(statements, transfer),
  );
  return Number(rows?.[0]?.sequence);
}

/** What a database says of itself, whichever version wrote it. */
export async function readIdentity(
  statements: Statements,
  key: ClaimKey,
  known: Position | null,
): Promise<DatabaseIdentity> {
  const [tables] = await statements.query(
    `SELECT OBJECT_ID(N'dbo.ic_delivery') AS deliveries, OBJECT_ID(N'dbo.ic_destination') AS destination`,
  );
  const { deliveries = null, destination = null } = tables?.[0] ?? {};
  if (deliveries === null) return noDatabase;
  const holdsRecords = await hasRecords(statements, known === null ? key : null);
  if (destination === null) return { ...noDatabase, holdsRecords };
  const [ids] = await statements.query('SELECT id FROM dbo.ic_destination');
  const id = ids?.[0] === undefined ? null : String(ids[0].id);
  const names = new Set([key.transfer, known?.transfer ?? key.transfer]);
  let sequence = 0;
  for (const name of names) sequence = Math.max(sequence, await readSequence(statements, name));
  return { id, sequence, holdsRecords };
}

async function hasRecords(statements: Statements, key: ClaimKey | null): Promise<boolean> {
  const { driver } = statements;
  const [rows = []] =
    key === null
      ? await statements.query('SELECT TOP (1) kind FROM dbo.ic_delivery')
      : await statements.query(
          'SELECT TOP (1) kind FROM dbo.ic_delivery WHERE site = @site AND kind = @kind',
          {
            site: { type: driver.NVarChar(255), value: key.site },
            kind: { type: driver.NVarChar(32), value: key.kind },
          },
        );
  return rows.length > 0;
}

/** What stands under the new names from an earlier time gives way. */
export async function renameRecords(statements: Statements, { transfer, site }: Renaming): Promise<void> {
  const { driver } = statements;
  const name = (value: string) => ({ type: driver.NVarChar(255), value });
  await statements.query(
    `IF @transferBefore <> @transfer OR @siteBefore <> @site
     BEGIN
       DELETE FROM dbo.ic_watermark WHERE transfer = @transfer AND site = @site;
       UPDATE dbo.ic_watermark SET transfer = @transfer, site = @site WHERE transfer = @transferBefore AND site = @siteBefore;
     END;
     IF @transferBefore <> @transfer
     BEGIN
       DELETE FROM dbo.ic_transfer WHERE name = @transfer;
       UPDATE dbo.ic_transfer SET name = @transfer WHERE name = @transferBefore;
     END;
     UPDATE d SET site = @site FROM dbo.ic_delivery d WHERE d.site = @siteBefore
       AND NOT EXISTS (SELECT 1 FROM dbo.ic_delivery o WHERE o.site = @site AND o.kind = d.kind AND o.lsid = d.lsid);`,
    {
      transferBefore: name(transfer.from),
      transfer: name(transfer.to),
      siteBefore: name(site.from),
      site: name(site.to),
    },
  );
}

function nameParameter({ driver }: Statements, transfer: string) {
  return { transfer: { type: driver.NVarChar(200), value: transfer } };
}
