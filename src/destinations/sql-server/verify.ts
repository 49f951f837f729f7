import type { SqlServerConfig } from '../../config/configuration.ts';
import type { Clock } from '../../platform/clock.ts';
import type { RecordKind } from '../../platform/kinds.ts';
import type { Logger } from '../../platform/logger.ts';
import { type Mismatch, mismatches, toProblem, verifiedKinds } from '../sql/verify.ts';
import type { StoredItem, StoredProblem, Verification } from '../verification.ts';
import type { Statements } from './client.ts';
import { parseConnectionString } from './connection-settings.ts';
import { Link } from './link.ts';

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Compares the records of delivery with the rows. */
export function verifySqlServer(config: SqlServerConfig, surroundings: Surroundings): Verification {
  const totals = { files: 0, bytes: 0 };
  return { totals, problems: verify(config, surroundings, totals) };
}

async function* verify(
  config: SqlServerConfig,
  { clock, logger, signal }: Surroundings,
  totals: { files: number },
): AsyncGenerator<StoredProblem> {
  const settings = parseConnectionString(config.connectionString, config.name);
  const link = new Link(settings, clock, logger);
  try {
    for (const kind of verifiedKinds) {
      const { records, rows } = await link.run(
        (client) => client.transaction((statements) => compare(statements, kind), signal),
        signal,
      );
      totals.files += records;
      for (const row of rows) yield toProblem(kind, row);
    }
  } finally {
    await link.close();
  }
}

/** Lets a record be written anew when it is offered next, although its content is the same. */
export async function distrustInSqlServer(
  config: SqlServerConfig,
  { kind, site, lsid }: StoredItem,
  { clock, logger, signal }: Surroundings,
): Promise<void> {
  const link = new Link(parseConnectionString(config.connectionString, config.name), clock, logger);
  try {
    await link.run(async (client) => {
      const text = (value: string) => ({ type: client.driver.NVarChar(255), value });
      const sql =
        "UPDATE dbo.ic_delivery SET content_hash = N'' WHERE lsid = @lsid AND kind = @kind AND site = @site";
      await client.query(sql, { lsid: text(lsid ?? ''), kind: text(kind), site: text(site) }, signal);
    }, signal);
  } finally {
    await link.close();
  }
}

async function compare(
  statements: Statements,
  kind: RecordKind,
): Promise<{ readonly records: number; readonly rows: readonly Mismatch[] }> {
  const parameters = { kind: { type: statements.driver.NVarChar(32), value: kind } };
  const count = 'SELECT COUNT(*) AS records FROM dbo.ic_delivery WHERE kind = @kind';
  const [counted] = await statements.query(count, parameters);
  const [rows = []] = await statements.query(mismatches(kind, 'dbo.'), {});
  return { records: Number(counted?.[0]?.records ?? 0), rows: rows as unknown as readonly Mismatch[] };
}
