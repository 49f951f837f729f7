/** How a format divides a file into parts, each a header and the content behind it. One object for each file. */
export interface Grammar {
  /** Bytes of the present part's header, or so many as are needed to tell; the first of them are known. */
  headerLength(known: Buffer): number;
  /** Bytes of content behind a header; `Infinity`: to the end of the file; null: no header of this format. */
  begin(header: Buffer): number | null;
  /** Called with content as it goes by. */
  onContent?(content: Uint8Array): void;
}

/** Where a file stands: between two parts, in a header, in content, or in what is not of the format. */
export type Place = 'between' | 'header' | 'content' | 'broken';

const longestHeader = 1024;

/** Follows the parts of a file as its bytes go by, wherever the chunks are cut, and holds a header at most. */
export class FileParts {
  readonly #grammar: Grammar;
  readonly #header = Buffer.alloc(longestHeader);
  #filled = 0;
  #left = 0;
  #isBroken = false;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  /** Bytes of content that are still to come; `Infinity` where the content reaches to the end of the file. */
  get left(): number {
    return this.#left;
  }

  get place(): Place {
    if (this.#isBroken) return 'broken';
    if (this.#filled > 0) return 'header';
    return this.#left > 0 ? 'content' : 'between';
  }

  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#isBroken; ) {
      at += this.#left > 0 ? this.#pass(chunk, at) : this.#read(chunk, at);
    }
  }

  #pass(chunk: Uint8Array, at: number): number {
    const passed = Math.min(chunk.length - at, this.#left);
    this.#grammar.onContent?.(chunk.subarray(at, at + passed));
    this.#left -= passed;
    return passed;
  }

  /** Takes bytes of a header, and begins the part once all of it is there. */
  #read(chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + this.#headerLength() - this.#filled);
    this.#header.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === this.#headerLength()) this.#begin();
    return part.length;
  }

  #headerLength(): number {
    return this.#grammar.headerLength(this.#header.subarray(0, this.#filled));
  }

  #begin(): void {
    const length = this.#grammar.begin(this.#header.subarray(0, this.#filled));
    this.#isBroken = length === null || length < 0;
    this.#left = length ?? 0;
    this.#filled = 0;
  }
}
