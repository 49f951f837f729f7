/**
 * The structure of a record as numbers, in the order of the document: for each element its fields, three numbers for
 * each of its attributes, then its children. Offsets are bytes from the beginning of the record. No text is taken from
 * the bytes before somebody reads it, and there is no object for what nobody looks at.
 */
export const field = {
  /** Number of the local name in `Names`. */
  name: 0,
  /** Offset of the start tag. */
  start: 1,
  /** Offset after the start tag. */
  content: 2,
  /** Offset of the end tag. */
  contentEnd: 3,
  /** Offset after the end tag. */
  end: 4,
  /** Where on the tape the next sibling begins. */
  next: 5,
  /** Flags about the text, and the number of attributes in the bits from `attributesShift` on. */
  info: 6,
} as const;

export const elementLength = 7;
export const attributesShift = 4;

/** Of an element's `info`: there is text directly inside it that is not white space. */
export const hasText = 1;
/** Its text holds references or carriage returns. */
export const hasReferences = 2;
/** There are CDATA sections, comments or processing instructions directly inside it. */
export const hasMarkup = 4;

/** For each attribute: number of its full name, shifted by one, the lowest bit for `mustResolve`; from; to. */
export const attributeLength = 3;
/** Its value holds references or white space other than blanks. */
export const mustResolve = 1;

/** The tape of the record that is being scanned. */
export class TapeWriter {
  data = new Int32Array(4096);
  length = 0;

  /** An element whose start tag begins at `start`; what is not yet known is filled in later. */
  element(name: number, start: number): number {
    const at = this.#reserve(elementLength);
    const { data } = this;
    data[at + field.name] = name;
    data[at + field.start] = start;
    data[at + field.info] = 0;
    return at;
  }

  attribute(name: number, from: number, to: number, isPlain: boolean): void {
    const at = this.#reserve(attributeLength);
    const { data } = this;
    data[at] = (name << 1) | (isPlain ? 0 : mustResolve);
    data[at + 1] = from;
    data[at + 2] = to;
  }

  /** What was written since the tape was last emptied, as a copy of its own. */
  copy(): Int32Array {
    return this.data.slice(0, this.length);
  }

  #reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.data.length) {
      const larger = new Int32Array(this.data.length * 2);
      larger.set(this.data);
      this.data = larger;
    }
    return at;
  }
}
