import { randomBytes } from 'node:crypto';
import type { ApplianceClock } from './clock.ts';

/** The bearer tokens of one API account. At most 30 are valid at once: one more and the oldest dies. */
export class Tokens {
  /** Seconds that a token lives; a change holds for tokens issued from then on. */
  expiresIn: number;
  /** How many were ever issued. */
  issued = 0;
  readonly #clock: ApplianceClock;
  readonly #limit: number;
  readonly #expiries = new Map<string, number>();

  constructor(clock: ApplianceClock, options: { readonly expiresIn: number; readonly limit: number }) {
    this.#clock = clock;
    this.expiresIn = options.expiresIn;
    this.#limit = options.limit;
  }

  issue(): string {
    this.#forgetExpired();
    if (this.#expiries.size >= this.#limit) this.revoke(this.#oldest());
    const token = randomBytes(30).toString('base64url');
    this.#expiries.set(token, this.#clock.now() + this.expiresIn * 1000);
    this.issued += 1;
    return token;
  }

  isValid(token: string): boolean {
    return (this.#expiries.get(token) ?? Number.NEGATIVE_INFINITY) > this.#clock.now();
  }

  revoke(token: string): void {
    this.#expiries.delete(token);
  }

  /** What saving a new secret or disabling the account does. */
  revokeAll(): void {
    this.#expiries.clear();
  }

  /** The tokens that are valid now, oldest first. */
  valid(): readonly string[] {
    this.#forgetExpired();
    return [...this.#expiries.keys()];
  }

  #oldest(): string {
    return this.#expiries.keys().next().value ?? '';
  }

  #forgetExpired(): void {
    for (const [token, expiry] of this.#expiries)
      if (expiry <= this.#clock.now()) this.#expiries.delete(token);
  }
}
