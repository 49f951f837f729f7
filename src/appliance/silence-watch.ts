/** Calls `onSilence` when nothing was heard for a while. Not while the listener itself holds the sender back. */
export class SilenceWatch {
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout | undefined;
  #lastLook: NodeJS.Immediate | undefined;

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence;
  }

  /** From now on `seconds` of silence are too many. */
  allow(seconds: number): void {
    this.stop();
    this.#timer = setTimeout(() => this.#lookOnceMore(), seconds * 1000);
  }

  heard(): void {
    clearImmediate(this.#lastLook);
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#lastLook);
    this.#timer = undefined;
  }

  /** Something may have come while this process was busy with other things; it is delivered before the next turn. */
  #lookOnceMore(): void {
    this.#lastLook = setImmediate(this.#onSilence);
  }
}
