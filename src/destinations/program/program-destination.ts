import type { ProgramConfig } from '../../config/configuration.ts';
import type { Clock } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import type { FileKind, Kind } from '../../platform/kinds.ts';
import type { Logger } from '../../platform/logger.ts';
import type {
  Capabilities,
  CheckResult,
  Claim,
  Comparison,
  Delivery,
  Destination,
  HeldKey,
  Outcome,
  Position,
  RecordedClaim,
  Recovery,
} from '../destination.ts';
import { Batch } from './batch.ts';
import { checkProgram } from './check.ts';
import { hello } from './greet.ts';
import { kindsRefused } from './kinds.ts';
import { Plugin } from './plugin.ts';
import { Staging } from './staging.ts';
import { advanceLine } from './write-message.ts';

export interface ProgramContext {
  readonly transfer: string;
  readonly site: string;
  readonly kinds: readonly Kind[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** What of it holds no secret is the program's environment too. */
  readonly environment: NodeJS.ProcessEnv;
}

/** A program that speaks the protocol in docs/plugins.md. Each transfer starts one of its own. */
export function createProgramDestination(config: ProgramConfig, context: ProgramContext): Destination {
  return new ProgramDestination(config, context);
}

class ProgramDestination implements Destination {
  readonly #config: ProgramConfig;
  readonly #context: ProgramContext;
  readonly #staging: Staging;
  #said: Omit<Capabilities, 'keepsRecords'>;
  #plugin: Plugin | null = null;
  #batches = 0;
  #items = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(config: ProgramConfig, context: ProgramContext) {
    this.#config = config;
    this.#context = context;
    this.#said = { kinds: new Set(context.kinds), batch: { items: 1, bytes: 1 }, recognises: false };
    this.#staging = new Staging(config.workDirectory, context.clock);
  }

  /** Once it is open the program's own word; before, it is trusted with what it is to be given. */
  get capabilities(): Capabilities {
    return { ...this.#said, keepsRecords: false };
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { name: destination, settings: configuration } = this.#config;
    const { transfer, site, kinds } = this.#context;
    this.#plugin = await Plugin.start(this.#config, this.#context);
    const greeting = { destination, transfer, site, kinds, check: false, configuration };
    const ready = await this.#plugin.ask(hello(greeting), signal);
    const error = kindsRefused(destination, this.#context, ready.kinds);
    if (error !== null) throw error;
    this.#said = ready;
  }

  async deliver(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]> {
    signal.throwIfAborted();
    if (batch.length === 0) return [];
    return this.#inTurn((plugin) => {
      this.#batches += 1;
      this.#items += batch.length;
      return plugin.ask(new Batch(this.#batches, this.#items - batch.length + 1, batch), signal);
    });
  }

  stagingDirectory(_kind: FileKind): Promise<string> {
    return this.#staging.directory();
  }

  async advance(kind: Kind, { until }: Claim, signal: AbortSignal): Promise<void> {
    await this.#inTurn((plugin) => plugin.tell(advanceLine(kind, until), signal));
  }

  /** What a program has is its own business; one that recognises duplicates is offered everything again. */
  async recover(): Promise<Recovery | null> {
    return null;
  }

  async held(_kind: Kind, items: readonly HeldKey[]): Promise<readonly null[]> {
    return items.map(() => null);
  }

  async recorded(): Promise<RecordedClaim | null> {
    return null;
  }

  async compare(): Promise<Comparison | null> {
    return null;
  }

  position(): Position | null {
    return null;
  }

  /** Under which name it keeps what it has is its own business, too. */
  async rename(): Promise<void> {}

  check(signal: AbortSignal): AsyncIterable<CheckResult> {
    return checkProgram(this.#config, this.#context, signal);
  }

  async close(): Promise<void> {
    await this.#plugin?.close();
    this.#plugin = null;
    await this.#staging.remove();
  }

  /** Downloads end side by side, and a program hears of one thing at a time. */
  #inTurn<T>(work: (plugin: Plugin) => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => work(this.#opened));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  get #opened(): Plugin {
    if (this.#plugin !== null) return this.#plugin;
    throw new IcError('internal', `The destination ${this.#config.name} is used before it was opened.`);
  }
}
