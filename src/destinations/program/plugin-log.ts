import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { Fault } from './fault.ts';
import type { LogMessage } from './protocol.ts';

/** A plugin may log so many lines at once, and then so many a second. */
const burst = 100;
const perSecond = 20;

/** Lines without an answer that are no log any more. */
const floodAfter = 20_000;

const longestShown = 2_000;
const rememberedLines = 5;

/** What a plugin logs and writes to standard error, in bounds: it can fill neither the log nor the disk. */
export class PluginLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #allowance = burst;
  #allowedAt: number;
  #leftOut = 0;
  #sinceAnswer = 0;
  #lastErrorLines: string[] = [];

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
    this.#allowedAt = clock.monotonic();
  }

  /** A line of the plugin. Throws `Fault` when there is no end of them. */
  add({ level, message }: Pick<LogMessage, 'level' | 'message'>): void {
    this.#sinceAnswer += 1;
    if (this.#sinceAnswer > floodAfter) {
      throw new Fault(
        `floods: it wrote ${floodAfter} lines of log and no answer`,
        'Let the program log less: once a session is more than enough.',
      );
    }
    if (!this.#mayWrite()) {
      this.#leftOut += 1;
      return;
    }
    this.tellLeftOut();
    this.#logger[level](shown(message));
  }

  /** A line of standard error. */
  addError(text: string): void {
    if (text.trim() === '') return;
    this.#lastErrorLines = [...this.#lastErrorLines.slice(1 - rememberedLines), shown(text)];
    this.add({ level: 'info', message: text });
  }

  /** The plugin has answered: what follows is counted anew. */
  answered(): void {
    this.#sinceAnswer = 0;
  }

  /** What is said of the plugin itself. */
  warn(message: string): void {
    this.#logger.warn(message);
  }

  tellLeftOut(): void {
    if (this.#leftOut > 0) this.warn(`${this.#leftOut} lines of its log were left out: too many at once`);
    this.#leftOut = 0;
  }

  /** The end of standard error, for the message of a failure. Empty when nothing was written there. */
  lastWords(): string {
    return this.#lastErrorLines.join(' / ').slice(-500);
  }

  #mayWrite(): boolean {
    const now = this.#clock.monotonic();
    this.#allowance = Math.min(burst, this.#allowance + ((now - this.#allowedAt) / 1000) * perSecond);
    this.#allowedAt = now;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}

function shown(text: string): string {
  const plain = text.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return plain.length <= longestShown ? plain : `${plain.slice(0, longestShown)}…`;
}
