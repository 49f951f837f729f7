import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import type { Destination } from '../../../src/destinations/destination.ts';
import { createSqliteDestination } from '../../../src/destinations/sqlite/sqlite-destination.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

export interface SqliteOptions {
  readonly storeSystemInformation?: boolean;
  readonly transfer?: string;
  readonly site?: string;
}

export function connectSqlite(path: string, options: SqliteOptions = {}): Destination {
  const { storeSystemInformation = false, transfer = 'hq-to-warehouse', site = 'hq' } = options;
  return createSqliteDestination(
    { type: 'sqlite', name: 'local', path, storeSystemInformation },
    { transfer, site, clock: systemClock, logger: silentLogger },
  );
}

/** A path for a database in a directory of the test's own. */
export async function newDatabasePath(context: TestContext): Promise<string> {
  return join(await temporaryDirectory(context), 'ic.db');
}

/** What a query gives, asked by a reader that knows nothing of `ic`. */
export function query(path: string, sql: string, ...parameters: (string | number)[]): readonly Values[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all(...parameters)
      .map((row) => ({ ...row }) as Values);
  } finally {
    database.close();
  }
}

export type Values = Readonly<Record<string, string | number | null>>;

/** Runs statements as another program would. */
export function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
