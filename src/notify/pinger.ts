import type { Logger } from '../platform/logger.ts';
import { explain } from './explain.ts';
import type { HttpContext } from './http.ts';
import { type Ping, sendPing } from './ping.ts';

/** How long the ping of the start may go on trying. */
const startPatienceMs = 7000;

/** Tells a monitor of one run, from its start to its end. Never rejects, and never holds the run up. */
export class Pinger {
  readonly #url: string;
  readonly #context: HttpContext & { readonly logger: Logger };
  readonly #starting = new AbortController();
  #started: Promise<void> | null = null;

  constructor(url: string, context: HttpContext & { readonly logger: Logger }) {
    this.#url = url;
    this.#context = context;
  }

  /** Whether the monitor was told that a run is under way. */
  get hasStarted(): boolean {
    return this.#started !== null;
  }

  /** Goes out on the side; the first of several counts. */
  start(): void {
    const signal = AbortSignal.any([this.#starting.signal, AbortSignal.timeout(startPatienceMs)]);
    this.#started ??= this.#send({ type: 'start' }, signal);
  }

  /** Follows the start, so that the monitor hears of both in their order. */
  async end(ping: Ping, signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#starting.abort(), { once: true });
    await this.#started;
    await this.#send(ping, signal);
  }

  async #send(ping: Ping, signal: AbortSignal): Promise<void> {
    const { logger } = this.#context;
    try {
      await sendPing(this.#url, ping, this.#context, signal);
    } catch (error) {
      logger.warn(`The ping (${ping.type}) did not arrive: ${explain(error)}`);
    }
  }
}
