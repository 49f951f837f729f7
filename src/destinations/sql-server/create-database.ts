import { IcError } from '../../platform/errors.ts';
import type { Client } from './client.ts';
import type { Link } from './link.ts';
import { hasNumber, serverMessage } from './server-errors.ts';

/** Makes sure that the database can be opened: creates it when it is missing and the login may. */
export async function openDatabase(link: Link, signal: AbortSignal): Promise<void> {
  try {
    await link.run(async () => {}, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof IcError) || error.code !== 'refused') throw error;
    const createMissing = async (client: Client): Promise<void> => {
      if (!(await isMissing(client, link.database, signal))) throw error;
      await create(client, link, signal);
    };
    await link.inMaster(createMissing, error, signal);
  }
}

/** Asked of `master`: a failed login does not say whether the database is missing or closed to it. */
export async function isMissing(client: Client, database: string, signal: AbortSignal): Promise<boolean> {
  const name = { type: client.driver.NVarChar(128), value: database };
  const [rows] = await client.query('SELECT DB_ID(@name) AS id', { name }, signal);
  return rows?.[0]?.id == null;
}

async function create(client: Client, link: Link, signal: AbortSignal): Promise<void> {
  try {
    await client.query(`CREATE DATABASE [${link.database.replaceAll(']', ']]')}]`, {}, signal);
  } catch (error) {
    signal.throwIfAborted();
    // Another process was faster.
    if (hasNumber(error, 1801)) return;
    throw new IcError(
      'refused',
      `SQL Server ${link.server} has no database ${link.database}, and it could not be created: ${serverMessage(error)}.`,
      { hint: `Create the database ${link.database}, and let the login create tables in it.`, cause: error },
    );
  }
}
