import type { SqlServerConfig } from '../../config/configuration.ts';
import type { Clock } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import type { RecordKind } from '../../platform/kinds.ts';
import type { Logger } from '../../platform/logger.ts';
import { type Tally, tallyColumns } from '../sql/digest.ts';
import { type Seal, type SealableStore, sealRecords } from '../sql/seal.ts';
import { rootTables } from '../sql/standing.ts';
import { tables } from '../sql/tables.ts';
import { verifyRecords } from '../sql/verify.ts';
import type {
  Sealing,
  StoredItem,
  StoredProblem,
  Verification,
  VerificationTotals,
} from '../verification.ts';
import type { Statements } from './client.ts';
import { parseConnectionString } from './connection-settings.ts';
import { isMissing } from './create-database.ts';
import { writeSeals } from './delivery-records.ts';
import { Link } from './link.ts';
import { contentVersion, migrate, schemaVersion } from './schema.ts';

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Compares the records of delivery with the rows. */
export function verifySqlServer(config: SqlServerConfig, surroundings: Surroundings): Verification {
  const totals = { files: 0, bytes: 0, unsealed: 0 };
  return { totals, problems: verify(config, surroundings, totals) };
}

async function* verify(
  config: SqlServerConfig,
  surroundings: Surroundings,
  totals: VerificationTotals,
): AsyncGenerator<StoredProblem> {
  const link = linkOf(config, surroundings);
  try {
    const store = new ServerRecords(link, surroundings.signal);
    await store.open();
    yield* verifyRecords(store, totals);
  } finally {
    await link.close();
  }
}

/** Takes the rows as they stand for what was delivered. */
export async function sealSqlServer(config: SqlServerConfig, surroundings: Surroundings): Promise<Sealing> {
  const { signal } = surroundings;
  const link = linkOf(config, surroundings);
  try {
    const store = new ServerRecords(link, signal);
    await store.open();
    await link.run((client) => migrate(client, link.database, signal), signal);
    await store.open();
    return await sealRecords(store);
  } finally {
    await link.close();
  }
}

function linkOf(config: SqlServerConfig, { clock, logger }: Surroundings): Link {
  return new Link(parseConnectionString(config.connectionString, config.name), clock, logger);
}

class ServerRecords implements SealableStore {
  readonly schema = 'dbo.';
  hasDigests = false;
  readonly #link: Link;
  readonly #signal: AbortSignal;

  constructor(link: Link, signal: AbortSignal) {
    this.#link = link;
    this.#signal = signal;
  }

  /** @throws IcError `io` when nothing was ever delivered there. */
  async open(): Promise<void> {
    const version = await this.#version();
    if (version === 0)
      throw new IcError(
        'io',
        `Database ${this.#link.database} on SQL Server ${this.#link.server} holds no records of deliveries: nothing was delivered into it.`,
        { hint: 'Check Server and Database of the destination; the first pull makes the tables.' },
      );
    this.hasDigests = version >= contentVersion;
  }

  first(count: number, select: string): string {
    return select.replace(/^SELECT/, `SELECT TOP (${count})`);
  }

  read(statements: readonly string[], numbers: Readonly<Record<string, number>>) {
    return this.#transaction((connection) => {
      const parameters = Object.entries(numbers).map(
        ([name, value]) => [name, { type: connection.driver.BigInt(), value }] as const,
      );
      return connection.query(statements.join(';\n'), Object.fromEntries(parameters));
    });
  }

  async seal(kind: RecordKind, seals: readonly Seal[]): Promise<void> {
    await this.#transaction((statements) => writeSeals(statements, kind, seals));
  }

  async forget(kind: RecordKind, rowIds: readonly number[]): Promise<void> {
    await this.#transaction(async (statements) => {
      const ids = rowIds.map((id, index) => [`i${index}`, { type: statements.driver.BigInt(), value: id }]);
      const names = ids.map(([name]) => `@${String(name)}`).join(', ');
      await statements.query(
        `DELETE FROM dbo.ic_delivery WHERE kind = N'${kind}' AND row_id IN (${names})
           AND NOT EXISTS (SELECT 1 FROM dbo.${rootTables[kind]} r WHERE r.id = row_id);`,
        Object.fromEntries(ids),
      );
    });
  }

  async acceptForeign(): Promise<void> {
    const notes = Object.keys(tables).map(
      (table) =>
        `INSERT INTO dbo.ic_foreign (table_name, up_to) SELECT N'${table}', COALESCE(MAX(id), 0) FROM dbo.${table};`,
    );
    await this.#transaction((statements) =>
      statements.query(`DELETE FROM dbo.ic_foreign;\n${notes.join('\n')}`),
    );
  }

  async writeTally(kind: RecordKind, tally: Tally, before: Tally | null): Promise<boolean> {
    const columns = ['records', ...tallyColumns];
    const isSame = columns.map((column) => `${column} = @before_${column}`).join(' AND ');
    const names = columns.map((column) => `@${column}`);
    const write =
      before === null
        ? `INSERT INTO dbo.ic_tally (kind, ${columns.join(', ')}) VALUES (N'${kind}', ${names.join(', ')});`
        : `UPDATE dbo.ic_tally SET ${columns.map((column) => `${column} = @${column}`).join(', ')} WHERE kind = N'${kind}' AND ${isSame};`;
    const values = (prefix: string, { records, parts }: Tally) =>
      columns.map((column, index) => [`${prefix}${column}`, [records, ...parts][index]] as const);
    const all = [...values('', tally), ...(before === null ? [] : values('before_', before))];
    return this.#transaction(async (statements) => {
      const type = statements.driver.BigInt();
      const parameters = Object.fromEntries(all.map(([name, value]) => [name, { type, value }]));
      const [rows] = await statements.query(`${write} SELECT @@ROWCOUNT AS written;`, parameters);
      return Number(rows?.[0]?.written) > 0;
    });
  }

  async #version(): Promise<number> {
    try {
      return await this.#transaction(schemaVersion);
    } catch (error) {
      if (!(error instanceof IcError) || error.code !== 'refused') throw error;
      const { server, database } = this.#link;
      if (
        !(await this.#link.inMaster(
          (client) => isMissing(client, database, this.#signal),
          error,
          this.#signal,
        ))
      )
        throw error;
      throw new IcError(
        'io',
        `SQL Server ${server} has no database ${database}: nothing was delivered into it.`,
        {
          hint: 'Check Server and Database of the destination; the first pull makes the database.',
          cause: error,
        },
      );
    }
  }

  #transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#link.run((client) => client.transaction(work, this.#signal), this.#signal);
  }
}

/** Lets a record be written anew when it is offered next, although its content is the same. */
export async function distrustInSqlServer(
  config: SqlServerConfig,
  { kind, site, lsid }: StoredItem,
  surroundings: Surroundings,
): Promise<void> {
  const link = linkOf(config, surroundings);
  const { signal } = surroundings;
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
