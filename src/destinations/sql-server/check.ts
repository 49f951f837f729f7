import type { SqlServerConfig } from '../../config/configuration.ts';
import { IcError, toIcError } from '../../platform/errors.ts';
import type { CheckResult } from '../destination.ts';
import type { DatabaseContext } from '../sql/context.ts';
import type { Client, Statements } from './client.ts';
import { parseConnectionString } from './connection-settings.ts';
import { isMissing } from './create-database.ts';
import { Link } from './link.ts';
import { latestVersion, refuseNewer, refuseStrangers, schemaVersion } from './schema.ts';
import { isAboutRows, serverError } from './server-errors.ts';
import { narrowColumns, readObjections, readOthers } from './shapes.ts';
import { describeSpace } from './space.ts';
import { readServerTraits } from './traits.ts';
import { tryWriting } from './trial.ts';

interface Remark {
  readonly message: string;
  readonly hint?: string;
}

/** Signs in, looks at server, schema and tables, and writes what a pull would write into a transaction rolled back. */
export async function* checkServer(
  config: SqlServerConfig,
  context: DatabaseContext,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const { name } = config;
  const settings = parseConnectionString(config.connectionString, name);
  const link = new Link(settings, context.clock, context.logger);
  const check = new ServerCheck(config, context, link, signal);
  try {
    for (const step of [check.connection, check.schema, check.collations, check.space]) {
      const remark = await step.call(check);
      if (remark !== null) yield toResult(name, remark);
      if (check.isOver) return;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toIcError(isAboutRows(thrown) ? serverError(thrown, link.server, link.database) : thrown);
    yield { subject: 'destination', name, ok: false, message: error.message, hint: error.hint, error };
  } finally {
    await link.close();
  }
}

function toResult(name: string, { message, hint }: Remark): CheckResult {
  return { subject: 'destination', name, ok: true, warning: hint !== undefined, message, hint: hint ?? null };
}

class ServerCheck {
  readonly #config: SqlServerConfig;
  readonly #context: DatabaseContext;
  readonly #link: Link;
  readonly #signal: AbortSignal;
  /** There is nothing more to look at: the database is not there yet. */
  isOver = false;

  constructor(config: SqlServerConfig, context: DatabaseContext, link: Link, signal: AbortSignal) {
    this.#config = config;
    this.#context = context;
    this.#link = link;
    this.#signal = signal;
  }

  async connection(): Promise<Remark> {
    const { server, database } = this.#link;
    try {
      const version = await this.#link.run((client) => this.#version(client), this.#signal);
      return { message: `Signed in to SQL Server ${server} (${version}), database ${database}.` };
    } catch (error) {
      if (!(error instanceof IcError) || error.code !== 'refused') throw error;
      return await this.#link.inMaster((client) => this.#missing(client, error), error, this.#signal);
    }
  }

  /** Whether a pull could write, or what it would have to change first. */
  schema(): Promise<Remark> {
    return this.#tryOut(async (statements) => {
      refuseStrangers(
        [...(await readOthers(statements)), ...(await readObjections(statements))],
        this.#link.database,
      );
      const version = await schemaVersion(statements);
      refuseNewer(version, latestVersion(), this.#link.database);
      const traits = await readServerTraits(statements);
      if (version < latestVersion()) {
        await this.#needRight(statements, `NULL, 'DATABASE', 'CREATE TABLE'`, 'create tables');
        await this.#needRight(statements, `N'dbo', 'SCHEMA', 'ALTER'`, 'change the schema dbo');
        const isAdopted = traits.shapes.has('session');
        return {
          message: isAdopted
            ? 'The tables that are there can be used; the next pull adds what they lack.'
            : 'The next pull creates the tables.',
        };
      }
      const { storeSystemInformation } = this.#config;
      const now = this.#context.clock.now();
      await tryWriting(statements, {
        ...traits,
        storeSystemInformation,
        transfer: this.#context.transfer,
        now,
      });
      return { message: `Sessions can be written; schema version ${version}.` };
    });
  }

  async collations(): Promise<Remark | null> {
    const { shapes } = await this.#tryOut(readServerTraits);
    const narrow = narrowColumns(shapes);
    if (narrow.length === 0) return null;
    return {
      message: `Characters beyond their code page become ? in ${narrow.join(', ')}.`,
      hint: 'Change these columns to NVARCHAR; sessions that are delivered from then on are whole.',
    };
  }

  space(): Promise<Remark | null> {
    return this.#tryOut(describeSpace).catch(() => null);
  }

  async #missing(client: Client, error: IcError): Promise<Remark> {
    const { server, database } = this.#link;
    if (!(await isMissing(client, database, this.#signal))) throw error;
    const [rows] = await client.query(
      `SELECT HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE') AS allowed`,
      {},
      this.#signal,
    );
    if (rows?.[0]?.allowed !== 1)
      throw new IcError(
        'refused',
        `SQL Server ${server} has no database ${database}, and the login may not create it.`,
        {
          hint: `Create the database ${database}, and let the login create tables in it.`,
        },
      );
    this.isOver = true;
    return { message: `Signed in to SQL Server ${server}; the next pull creates the database ${database}.` };
  }

  async #version(client: Client): Promise<string> {
    const sql = `SELECT CONVERT(NVARCHAR(128), SERVERPROPERTY('ProductVersion')) AS version`;
    const [rows] = await client.query(sql, {}, this.#signal);
    return String(rows?.[0]?.version ?? 'version unknown');
  }

  async #needRight(statements: Statements, securable: string, action: string): Promise<void> {
    const [rows] = await statements.query(`SELECT HAS_PERMS_BY_NAME(${securable}) AS allowed`);
    if (rows?.[0]?.allowed !== 0) return;
    throw new IcError('refused', `The login may not ${action} in database ${this.#link.database}.`, {
      hint: 'Let it do so until the first pull is done; from then on SELECT, INSERT, UPDATE and DELETE are enough.',
    });
  }

  #tryOut<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#link.run((client) => client.tryOut(work, this.#signal), this.#signal);
  }
}
