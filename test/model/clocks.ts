import type { Clock, Uptime } from '../../src/platform/clock.ts';
import type { ApplianceClock } from '../appliance/clock.ts';

/**
 * The true time of a history, and the two clocks that should show it. Time passes only when the history says so, or
 * when somebody sleeps.
 */
export class Clocks {
  /** Milliseconds since the epoch. */
  #trueTime: number;
  /** How far ahead of the true time the clocks are, in milliseconds. */
  #applianceAhead = 0;
  #machineAhead = 0;
  readonly #appliance: ApplianceClock;
  #bootedAt: number;
  #boots = 1;

  constructor(appliance: ApplianceClock, trueTime: number) {
    this.#appliance = appliance;
    this.#trueTime = trueTime;
    this.#bootedAt = trueTime - 3_600_000;
    this.#show();
  }

  /** True UNIX seconds. */
  get now(): number {
    return Math.floor(this.#trueTime / 1000);
  }

  /** Whether both clocks are right. */
  get areRight(): boolean {
    return this.#applianceAhead === 0 && this.#machineAhead === 0;
  }

  pass(seconds: number): void {
    this.#trueTime += Math.round(seconds * 1000);
    this.#show();
  }

  leapAppliance(seconds: number): void {
    this.#applianceAhead += seconds * 1000;
    this.#show();
  }

  leapMachine(seconds: number): void {
    this.#machineAhead += seconds * 1000;
  }

  uptime(): Uptime {
    return { seconds: (this.#trueTime - this.#bootedAt) / 1000, boot: `boot ${this.#boots}` };
  }

  /** Takes a minute. */
  reboot(): void {
    this.pass(60);
    this.#bootedAt = this.#trueTime;
    this.#boots += 1;
  }

  setRight(): void {
    this.#applianceAhead = 0;
    this.#machineAhead = 0;
    this.#show();
  }

  /** This machine's clock as `ic` sees it: pauses pass at once. */
  readonly machine: Clock = {
    now: () => this.#trueTime + this.#machineAhead,
    monotonic: () => this.#trueTime,
    uptime: () => this.uptime(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      this.pass(ms / 1000);
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };

  #show(): void {
    this.#appliance.set(this.#trueTime + this.#applianceAhead);
  }
}
