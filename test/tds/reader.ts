/** Reads the numbers and texts of the protocol, one after another. */
export class Reader {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#buffer.length;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  u16(): number {
    return this.#buffer.readUInt16LE(this.#advance(2));
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#advance(4));
  }

  bytes(length: number): Buffer {
    const from = this.#advance(length);
    return this.#buffer.subarray(from, from + length);
  }

  /** `length` UTF-16 units. */
  text(length: number): string {
    return this.bytes(length * 2).toString('utf16le');
  }

  /** A text with its length in one byte before it. */
  shortText(): string {
    return this.text(this.u8());
  }

  rest(): Buffer {
    return this.bytes(this.#buffer.length - this.#at);
  }

  #advance(length: number): number {
    const from = this.#at;
    this.#at += length;
    return from;
  }
}
