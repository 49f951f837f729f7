import type { ProgramConfig } from '../../config/configuration.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { Child, type Ending } from './child.ts';
import { pluginEnvironment } from './environment.ts';
import { asIcError, Fault, nonsense } from './fault.ts';
import { PluginLog } from './plugin-log.ts';
import { type LogMessage, longestLine, type PluginMessage } from './protocol.ts';
import { readLines } from './read-lines.ts';
import { readMessage } from './read-message.ts';
import { resolveCommand, thisMachine } from './resolve-command.ts';
import { goodbyeLine } from './write-message.ts';
import { explanationMs, writePieces } from './write-pieces.ts';

/** One thing that is asked of a plugin. */
export interface Exchange<T> {
  /** For messages: `before it confirmed batch 3`. */
  readonly before: string;
  /** Lines to write, in pieces of any length. */
  readonly pieces: Iterable<string>;
  /** What the messages that come back amount to; null while more are to come. Throws `Fault`. */
  take(message: PluginMessage): T | null;
}

export interface PluginContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly environment: NodeJS.ProcessEnv;
}

/** How long a plugin may take to end after `goodbye`. */
const goodbyeMs = 5_000;

/**
 * A running plugin and the conversation with it: one exchange at a time. Whatever goes wrong ends both, and is thrown by
 * the exchange at hand, and by every one after it.
 */
export class Plugin {
  readonly #config: ProgramConfig;
  readonly #log: PluginLog;
  readonly #child: Child;
  readonly #stopped = new AbortController();
  #exchange: Pick<Exchange<unknown>, 'before' | 'take'> | null = null;
  #answer = Promise.withResolvers<unknown>();
  #silence: NodeJS.Timeout | undefined;
  #closing = false;
  /** Whoever uses it has been told why it stopped. */
  #isTold = false;
  #gone: Promise<unknown> | null = null;

  private constructor(config: ProgramConfig, child: Child, log: PluginLog) {
    this.#config = config;
    this.#child = child;
    this.#log = log;
    this.#listen();
  }

  /** Starts the program. Throws an `IcError` when it is not there or cannot be run. */
  static async start(config: ProgramConfig, { clock, logger, environment }: PluginContext): Promise<Plugin> {
    const env = pluginEnvironment(environment, config);
    try {
      const invocation = resolveCommand(config.command, thisMachine(config.directory, env));
      const child = await Child.start(invocation, config.directory, env);
      return new Plugin(config, child, new PluginLog(logger.with({ destination: config.name }), clock));
    } catch (error) {
      throw error instanceof Fault ? asIcError(error, config, '') : error;
    }
  }

  /** Writes, and resolves with the answer. Rejects with an `IcError`, or the signal's reason: either ends the plugin. */
  async ask<T>(exchange: Exchange<T>, signal: AbortSignal): Promise<T> {
    return this.#during(exchange, signal, async (stop) => {
      await this.#write(exchange.pieces, stop);
      return (await this.#answer.promise) as T;
    });
  }

  /** Writes what is not answered. */
  async tell(piece: string, signal: AbortSignal): Promise<void> {
    const exchange = { before: 'although there was more to come', take: unexpected };
    await this.#during(exchange, signal, (stop) => this.#write([piece], stop));
  }

  /** Says goodbye to a plugin that has kept its word, ends any other. Nothing of it is left afterwards. */
  async close(): Promise<void> {
    const { aborted, reason } = this.#stopped.signal;
    if (!aborted) await this.#sayGoodbye();
    else if (!this.#isTold) this.#log.warn(reason.message);
    await this.#end();
    this.#log.tellLeftOut();
  }

  async #during<T>(
    exchange: Pick<Exchange<T>, 'before' | 'take'>,
    signal: AbortSignal,
    work: (stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const stop = AbortSignal.any([signal, this.#stopped.signal]);
    const answer = Promise.withResolvers<unknown>();
    answer.promise.catch(() => {});
    const onStop = () => answer.reject(stop.reason);
    stop.addEventListener('abort', onStop);
    this.#answer = answer;
    this.#exchange = exchange;
    this.#silence = setTimeout(() => this.#fail(this.#silent()), this.#config.answerTimeout * 1000);
    try {
      stop.throwIfAborted();
      return await work(stop);
    } catch (error) {
      // Half a line may have been written: nothing can follow it.
      this.#stop(error);
      this.#isTold = true;
      throw this.#stopped.signal.reason;
    } finally {
      clearTimeout(this.#silence);
      stop.removeEventListener('abort', onStop);
      this.#exchange = null;
    }
  }

  #write(pieces: Iterable<string>, stop: AbortSignal): Promise<void> {
    return writePieces(this.#child.streams.stdin, pieces, stop, () => this.#silence?.refresh());
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#child.streams;
    readLines(stdout, longestLine, {
      line: (text) => this.#attempt(() => this.#hear(text)),
      tooLong: () => this.#fail(tooLong),
    });
    readLines(stderr, longestLine, {
      line: (text) => this.#attempt(() => this.#log.addError(text)),
      tooLong: (start) => this.#attempt(() => this.#log.addError(start)),
    });
    stdin.on('error', () => this.#failSoon('stopped reading its standard input'));
    stdout.on('end', () => this.#failSoon('closed its standard output'));
    void this.#child.ended.then((ending) => this.#fail(this.#endedEarly(ending)));
  }

  #hear(text: string): void {
    if (this.#stopped.signal.aborted || text.trim() === '') return;
    const message = readMessage(text);
    this.#silence?.refresh();
    if (message.type === 'log') this.#log.add(message);
    else if (!this.#closing) this.#answerWith(message);
  }

  #answerWith(message: Exclude<PluginMessage, LogMessage>): void {
    if (message.type === 'failed')
      throw new Fault(`has given up: ${message.reason}`, message.hint ?? seeLog, message.code);
    const result = this.#exchange === null ? unexpected(message) : this.#exchange.take(message);
    this.#log.answered();
    if (result !== null) this.#answer.resolve(result);
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof Fault) this.#fail(error);
      else this.#stop(error);
    }
  }

  /** The program has most likely just ended, and how it ended says more. */
  #failSoon(what: string): void {
    const fail = () => this.#fail(new Fault(`${what} ${this.#when}`, seeLog));
    setTimeout(fail, explanationMs).unref();
  }

  #fail(fault: Fault): void {
    if (!this.#closing) this.#stop(asIcError(fault, this.#config, this.#log.lastWords()));
  }

  #stop(reason: unknown): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort(reason);
    void this.#end();
  }

  #end(): Promise<unknown> {
    this.#gone ??= this.#child.terminate();
    return this.#gone;
  }

  async #sayGoodbye(): Promise<void> {
    this.#closing = true;
    this.#child.streams.stdin.end(goodbyeLine, 'latin1');
    if (await this.#child.endsWithin(goodbyeMs)) {
      const ending = await this.#child.ended;
      if (ending.code !== 0) this.#log.warn(`The program ended ${describeEnding(ending)} after goodbye`);
    } else {
      this.#log.warn(`The program is ended, ${goodbyeMs / 1000} s after goodbye`);
    }
  }

  get #when(): string {
    return this.#exchange?.before ?? 'although there was more to come';
  }

  #silent(): Fault {
    const { answerTimeout } = this.#config;
    return new Fault(
      `was silent for ${answerTimeout} s ${this.#when}`,
      'Let it write a log line now and then while it works for long, or raise answer_timeout.',
      'unreachable',
    );
  }

  #endedEarly(ending: Ending): Fault {
    return new Fault(`ended ${describeEnding(ending)} ${this.#when}`, seeLog);
  }
}

const seeLog = 'Look at what it wrote, in the log, and try it with ic check --destination.';

const tooLong = new Fault(
  `floods: it wrote a line of more than ${longestLine} bytes`,
  'Let it write messages alone to standard output, and everything else to standard error.',
);

function unexpected(message: PluginMessage): never {
  throw nonsense(`wrote a ${message.type} that nothing asked for`);
}

function describeEnding({ code, signal }: Ending): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}
