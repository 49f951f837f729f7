import type { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { ConnectionPool, config as DriverConfig, ISqlType, Request, Table, Transaction } from 'mssql';
import { orIoError } from '../../platform/io-error.ts';
import { killPoint } from '../../platform/kill-point.ts';
import { readRegularFile } from '../../platform/trusted-file.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { connectorFor } from './connector.ts';
import { signIn } from './sign-in.ts';
import { failOnUnreadableTokens } from './unreadable-tokens.ts';

type Driver = typeof import('mssql');

/** A row of a result, by column. */
export type ResultRow = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly type: ISqlType;
  readonly value: unknown;
}

/** Thrown when COMMIT was asked for and no answer came: the transaction may stand, or not. */
export class InDoubtError extends Error {
  constructor(cause: unknown) {
    super('the connection was lost while a transaction was committed', { cause });
    this.name = 'InDoubtError';
  }
}

/** An error as the server reports it while a client signs in: the driver keeps its text alone. */
interface ServerWord {
  readonly number: number;
  readonly message: string;
}

function asServerErrors(said: readonly ServerWord[], thrown: unknown): AggregateError {
  const errors = said.map(({ number, message }) => Object.assign(new Error(message), { number }));
  return new AggregateError([...errors, thrown], said[0]?.message ?? '');
}

/** One connection to a database, opened by `connect`. It throws what the driver throws. */
export class Client {
  readonly driver: Driver;
  readonly #pool: ConnectionPool;

  private constructor(driver: Driver, pool: ConnectionPool) {
    this.driver = driver;
    this.#pool = pool;
  }

  static async connect(settings: ConnectionSettings, signal: AbortSignal): Promise<Client> {
    signal.throwIfAborted();
    const driver = await loadDriver();
    return signIn(settings, async () => {
      const said: ServerWord[] = [];
      const config = await driverConfig(settings);
      const beforeConnect = (connection: EventEmitter): void => {
        failOnUnreadableTokens(connection);
        connection.on('errorMessage', (word: ServerWord) => said.push(word));
      };
      const pool = new driver.ConnectionPool({ ...config, beforeConnect } as unknown as DriverConfig);
      // What happens to an idle connection shows when it is used next.
      pool.on('error', () => {});
      await pool.connect().catch((error: unknown) => {
        throw said.length === 0 ? error : asServerErrors(said, error);
      });
      return new Client(driver, pool);
    });
  }

  /** A statement of its own, outside any transaction. */
  query(sql: string, parameters: Readonly<Record<string, Parameter>>, signal: AbortSignal) {
    return new Statements(this.driver, () => new this.driver.Request(this.#pool), signal).query(
      sql,
      parameters,
    );
  }

  /**
   * `work` in one transaction. Rejects with `InDoubtError` when its COMMIT was not answered, otherwise nothing of it
   * stays. An abort cancels the statement that runs.
   */
  async transaction<T>(work: (statements: Statements) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const transaction = new this.driver.Transaction(this.#pool);
    // The driver tells of a rollback by the server with an event as well.
    transaction.on('rollback', () => {});
    await transaction.begin();
    const result = await this.#orRollBack(transaction, async () => {
      const done = await work(new Statements(this.driver, () => transaction.request(), signal));
      signal.throwIfAborted();
      return done;
    });
    killPoint('sql-server:written');
    try {
      await transaction.commit();
    } catch (error) {
      throw new InDoubtError(error);
    }
    killPoint('sql-server:committed');
    return result;
  }

  /** As `transaction`, but leaves nothing in any case. */
  async tryOut<T>(work: (statements: Statements) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const transaction = new this.driver.Transaction(this.#pool);
    transaction.on('rollback', () => {});
    await transaction.begin();
    const result = await this.#orRollBack(transaction, () =>
      work(new Statements(this.driver, () => transaction.request(), signal)),
    );
    await transaction.rollback();
    return result;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #orRollBack<T>(transaction: Transaction, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // The server has done it by itself where the connection is gone or the error was grave.
      await transaction.rollback().catch(() => {});
      throw error;
    }
  }
}

/** Statements within a transaction, one after another. */
export class Statements {
  readonly driver: Driver;
  readonly #makeRequest: () => Request;
  readonly #signal: AbortSignal;

  constructor(driver: Driver, makeRequest: () => Request, signal: AbortSignal) {
    this.driver = driver;
    this.#makeRequest = makeRequest;
    this.#signal = signal;
  }

  /** Text as it is, in which #tables may be created that stay for the connection. */
  async batch(sql: string): Promise<void> {
    await this.#run((request) => request.batch(sql));
  }

  /** The result sets of statements with parameters `@name`. */
  async query(
    sql: string,
    parameters: Readonly<Record<string, Parameter>> = {},
  ): Promise<readonly (readonly ResultRow[])[]> {
    const result = await this.#run((request) => {
      for (const [name, { type, value }] of Object.entries(parameters)) request.input(name, type, value);
      return request.query(sql);
    });
    return result.recordsets as unknown as readonly (readonly ResultRow[])[];
  }

  async bulk(table: Table): Promise<void> {
    await this.#run((request) => request.bulk(table));
  }

  async #run<T>(ask: (request: Request) => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const request = this.#makeRequest();
    const cancel = (): void => request.cancel();
    this.#signal.addEventListener('abort', cancel, { once: true });
    try {
      return await ask(request);
    } catch (error) {
      this.#signal.throwIfAborted();
      throw error;
    } finally {
      this.#signal.removeEventListener('abort', cancel);
    }
  }
}

/** Seventy milliseconds of loading, so only when a server is really asked for. */
async function loadDriver(): Promise<Driver> {
  const loaded = await import('mssql');
  return loaded.default;
}

async function driverConfig(settings: ConnectionSettings): Promise<DriverConfig> {
  const { host, port, instance } = settings.server;
  return {
    server: host,
    ...(port === null ? {} : { port }),
    user: settings.user,
    password: settings.password,
    ...(settings.domain === null ? {} : { domain: settings.domain }),
    database: settings.database,
    connectionTimeout: settings.connectTimeout,
    requestTimeout: settings.commandTimeout,
    validateConnection: false,
    // One run needs one connection, and keeps it while it downloads something else.
    pool: { max: 1, min: 0, idleTimeoutMillis: 24 * 3600 * 1000 },
    options: {
      ...(instance === null ? {} : { instanceName: instance }),
      encrypt: settings.encrypt as boolean,
      trustServerCertificate: settings.trustServerCertificate,
      ...serverName(settings),
      ...(settings.serverCertificate === null
        ? {}
        : { cryptoCredentialsDetails: { ca: await readCertificate(settings.serverCertificate) } }),
      appName: settings.applicationName,
      ...(settings.workstation === null ? {} : { workstationId: settings.workstation }),
      ...(settings.language === null ? {} : { language: settings.language }),
      packetSize: settings.packetSize,
      useUTC: true,
      enableArithAbort: true,
      connector: connectorFor(settings.multiSubnetFailover),
    } as DriverConfig['options'] & object,
  };
}

/** Node refuses an address as a name. It comes here only when the certificate is trusted whatever it says. */
function serverName(settings: ConnectionSettings): { readonly serverName?: string } {
  const { hostNameInCertificate: name, server, encrypt } = settings;
  if (name !== null) return { serverName: name };
  return encrypt === false || isIP(server.host) === 0 ? {} : { serverName: 'localhost' };
}

function readCertificate(path: string): Promise<Buffer> {
  return orIoError(readRegularFile(path), path, 'read');
}
