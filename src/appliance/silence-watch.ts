/** Calls `onSilence` when nothing was heard for a while. Not while the listener itself holds the sender back. */
export class SilenceWatch {
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence;
  }

  /** From now on `seconds` of silence are too many. */
  allow(seconds: number): void {
    this.stop();
    this.#timer = setTimeout(this.#onSilence, seconds * 1000);
  }

  heard(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
  }
}
