import { saysNotFound } from '../appliance/answers.ts';
import { Unreachable } from '../appliance/unreachable.ts';
import type { IcError } from '../platform/errors.ts';

/**
 * After so many failures in a row that may be the site's, the newest are tried: the appliance may be at odds with the
 * oldest alone. When these fail too, it is not the items that are at fault.
 */
const doubtfulAfter = 5;
const hopelessAfter = 10;

/** What the downloads of a run tell of the site as a whole: whether it is worth asking on. */
export class SiteHealth {
  /** Whether the site has answered about any recording, be it that it is not ready. */
  #isAnswering = false;
  #failuresInRow = 0;
  readonly #notFound: IcError[] = [];

  get isDoubtful(): boolean {
    return this.#failuresInRow >= doubtfulAfter;
  }

  answered(): void {
    this.#isAnswering = true;
    this.#failuresInRow = 0;
  }

  /** Throws the error when it is the site that fails. */
  failed(error: IcError): void {
    if (saysNotFound(error)) {
      this.#notFound.push(error);
      this.#failuresInRow = 0;
    } else if (this.#maySpeakOfSite(error)) {
      this.#failuresInRow += 1;
      if (this.#failuresInRow >= hopelessAfter) throw error;
    } else {
      this.answered();
    }
  }

  /** A site that finds none of many may keep them all from the account. Only in the end is that told from bad luck. */
  conclude(): void {
    const [first] = this.#notFound;
    if (first !== undefined && this.#notFound.length >= hopelessAfter && !this.#isAnswering) throw first;
  }

  /** A site that answers about some recordings may refuse others. */
  #maySpeakOfSite(error: IcError): boolean {
    if (error instanceof Unreachable) return !error.cutOff;
    return error.code === 'refused' && !this.#isAnswering;
  }
}
