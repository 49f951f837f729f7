const usualSize = 65_536;

/** Gathers bytes. */
export class ByteSink {
  bytes: Buffer = Buffer.allocUnsafeSlow(usualSize);
  length = 0;

  add(byte: number): void {
    this.#reserve(1);
    this.bytes[this.length] = byte;
    this.length += 1;
  }

  /** A character in UTF-8. */
  addCharacter(codePoint: number): void {
    this.#reserve(4);
    this.length += this.bytes.write(String.fromCodePoint(codePoint), this.length);
  }

  append(bytes: Buffer, from: number, to: number): void {
    const count = to - from;
    this.#reserve(count);
    const { bytes: own, length } = this;
    // For a few bytes, a call out of JavaScript takes longer than the copying.
    if (count > 64) bytes.copy(own, length, from, to);
    else for (let index = 0; index < count; index += 1) own[length + index] = bytes[from + index] as number;
    this.length += count;
  }

  /** What has gathered, as text; broken UTF-8 becomes U+FFFD. The sink is empty afterwards. */
  takeText(): string {
    const text = this.bytes.toString('utf8', 0, this.length);
    this.clear();
    return text;
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > usualSize) this.bytes = Buffer.allocUnsafeSlow(usualSize);
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
