import { IcError } from '../../platform/errors.ts';
import type { Client } from './client.ts';
import type { Link } from './link.ts';
import { hasNumber, serverMessage } from './server-errors.ts';

/** Milliseconds before each further attempt to open a database that was made just now, by this process or another. */
const pauses = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

/** A database that is older, and cannot be opened, is closed to the login. */
const youngSeconds = 60;

/** Exists already (1801); another one is being made (1807); both at once (2627: Babelfish). */
const othersAtIt = [1801, 1807, 2627] as const;

/** Makes sure that the database can be opened: creates it when it is missing and the login may. */
export async function openDatabase(link: Link, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await link.run(async () => {}, signal);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof IcError) || error.code !== 'refused') throw error;
      const isComing = await link.inMaster((client) => makeSure(client, link, signal), error, signal);
      const pause = pauses[attempt];
      if (!isComing || pause === undefined) throw error;
      await link.pause(pause, signal);
    }
  }
}

/** Asked of `master`: a failed login does not say whether the database is missing or closed to it. */
export async function isMissing(client: Client, database: string, signal: AbortSignal): Promise<boolean> {
  const name = { type: client.driver.NVarChar(128), value: database };
  const [rows] = await client.query('SELECT DB_ID(@name) AS id', { name }, signal);
  return rows?.[0]?.id == null;
}

/** Whether the database will be there in a moment. */
async function makeSure(client: Client, link: Link, signal: AbortSignal): Promise<boolean> {
  if (await isMissing(client, link.database, signal)) {
    await create(client, link, signal);
    return true;
  }
  const name = { type: client.driver.NVarChar(128), value: link.database };
  const sql = 'SELECT DATEDIFF(SECOND, create_date, GETDATE()) AS age FROM sys.databases WHERE name = @name';
  const [rows] = await client.query(sql, { name }, signal);
  return Number(rows?.[0]?.age ?? Number.POSITIVE_INFINITY) < youngSeconds;
}

async function create(client: Client, link: Link, signal: AbortSignal): Promise<void> {
  try {
    await client.query(`CREATE DATABASE [${link.database.replaceAll(']', ']]')}]`, {}, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (hasNumber(error, ...othersAtIt)) return;
    throw new IcError(
      'refused',
      `SQL Server ${link.server} has no database ${link.database}, and it could not be created: ${serverMessage(error)}.`,
      { hint: `Create the database ${link.database}, and let the login create tables in it.`, cause: error },
    );
  }
}
