import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { Client, InDoubtError } from './client.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import {
  isAboutRows,
  isAnswer,
  isPassing,
  isSignInRefused,
  serverError,
  serverMessage,
} from './server-errors.ts';

/** Pauses before further attempts, in milliseconds. A server that restarts or fails over is back within a minute. */
const pauses = [500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

/** A server that cannot be reached at all is not waited for: the next run is. */
const pausesBeforeConnecting = [500, 1_500] as const;

/** The way to a database: a connection that is made anew when it was lost. */
export class Link {
  readonly #settings: ConnectionSettings;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #client: Client | null = null;

  constructor(settings: ConnectionSettings, clock: Clock, logger: Logger) {
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** `host`, `host,port` or `host\instance`, for messages. */
  get server(): string {
    const { host, port, instance } = this.#settings.server;
    if (instance !== null) return `${host}\\${instance}`;
    return port === null || port === 1433 ? host : `${host},${port}`;
  }

  get database(): string {
    return this.#settings.database;
  }

  /**
   * What `work` gives. After a deadlock, a timeout, a lost connection or a COMMIT without an answer it is called again,
   * on a fresh connection, after growing pauses: so it must lead to the same however often it is run. What is wrong
   * with single rows comes as the driver throws it, everything else as an `IcError`.
   */
  async run<T>(work: (client: Client) => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const wasConnected = this.#client !== null;
      try {
        this.#client ??= await Client.connect(this.#settings, signal);
        return await work(this.#client);
      } catch (error) {
        signal.throwIfAborted();
        const isConnecting = !wasConnected && this.#client === null;
        if (isAboutRows(error) && !isConnecting) throw error;
        await this.close();
        await this.#pauseOrThrow(
          error,
          (isConnecting && !isAnswer(error) ? pausesBeforeConnecting : pauses)[attempt],
          signal,
        );
      }
    }
  }

  /**
   * `work` with the server's own database, once; when that cannot be opened either, `otherwise` is thrown. So it is
   * without another attempt when that says that user and password were refused.
   */
  async inMaster<T>(
    work: (client: Client) => Promise<T>,
    otherwise: unknown,
    signal: AbortSignal,
  ): Promise<T> {
    if (isSignInRefused(otherwise)) throw otherwise;
    const client = await Client.connect({ ...this.#settings, database: 'master' }, signal).catch(() => {
      signal.throwIfAborted();
      throw otherwise;
    });
    try {
      return await work(client);
    } catch (error) {
      throw serverError(error, this.server, 'master');
    } finally {
      await client.close().catch(() => {});
    }
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.close().catch(() => {});
  }

  async #pauseOrThrow(error: unknown, pause: number | undefined, signal: AbortSignal): Promise<void> {
    const isWorthwhile = error instanceof InDoubtError || isPassing(error);
    const cause = error instanceof InDoubtError ? error.cause : error;
    if (pause === undefined || !isWorthwhile) throw serverError(cause, this.server, this.database);
    this.#logger.warn(`SQL Server ${this.server}: ${serverMessage(cause)}; trying again`, {
      pause_ms: pause,
    });
    await this.#clock.sleep(pause, signal);
  }
}
