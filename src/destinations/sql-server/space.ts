import type { Statements } from './client.ts';

interface Space {
  readonly message: string;
  readonly hint?: string;
}

/** Less than this left is worth a warning. */
const littleSpace = 1024 ** 3;

/** SQL Server Express takes no more than this into the files of one database. */
const expressLimit = 10 * 1024 ** 3;

/**
 * How much room the database's files have left, by their own limits: what the server's disks have is for logins with
 * greater rights. Null when there is no limit; throws where a server does not know these views.
 */
export async function describeSpace(statements: Statements): Promise<Space | null> {
  const [rows] = await statements.query(
    `SELECT SUM(CONVERT(BIGINT, size)) * 8192 AS size,
       SUM(CONVERT(BIGINT, FILEPROPERTY(name, 'SpaceUsed'))) * 8192 AS used,
       MIN(CASE WHEN growth = 0 THEN 0 ELSE max_size END) AS least,
       SUM(CASE WHEN growth = 0 THEN CONVERT(BIGINT, size) ELSE CONVERT(BIGINT, max_size) END) * 8192 AS most,
       CONVERT(INT, SERVERPROPERTY('EngineEdition')) AS edition
     FROM sys.database_files WHERE type = 0`,
  );
  const row = rows?.[0];
  if (row === undefined || row.used == null) return null;
  const isUnlimited = Number(row.least) < 0;
  const limit = Math.min(
    isUnlimited ? Number.POSITIVE_INFINITY : Number(row.most),
    row.edition === 4 ? expressLimit : Number.POSITIVE_INFINITY,
  );
  if (!Number.isFinite(limit)) return null;
  const free = Math.max(0, limit - Number(row.used));
  const message = `The database's files have ${(free / 1024 ** 3).toFixed(1)} GB left to their limit.`;
  return free < littleSpace
    ? { message, hint: 'Let the files of the database grow, or archive old sessions.' }
    : { message };
}
