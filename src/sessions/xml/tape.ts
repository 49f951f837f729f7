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

const usualLength = 65_536;
/** What is longer grows by a part of itself: the old and the new piece are in memory at the same time. */
const largeLength = 4_194_304;

/**
 * Writes tapes, one behind the other in one piece of memory. What is taken stays as it is: when there is no more room,
 * another piece is begun, and only the record that is being written moves there.
 */
export class TapeWriter {
  #data = new Int32Array(usualLength);
  /** Where the present record begins. */
  #origin = 0;
  /** Of the present record. Places on the tape are counted from its beginning. */
  length = 0;

  /** Writes an element whose start tag begins at `start`, and returns its place. The rest is filled in later. */
  element(name: number, start: number): number {
    const at = this.#reserve(elementLength);
    this.set(at + field.name, name);
    this.set(at + field.start, start);
    this.set(at + field.info, 0);
    return at;
  }

  attribute(name: number, from: number, to: number, isPlain: boolean): void {
    const at = this.#reserve(attributeLength);
    this.set(at, (name << 1) | (isPlain ? 0 : mustResolve));
    this.set(at + 1, from);
    this.set(at + 2, to);
  }

  set(at: number, value: number): void {
    this.#data[this.#origin + at] = value;
  }

  addFlags(element: number, flags: number): void {
    const at = this.#origin + element + field.info;
    this.#data[at] = (this.#data[at] as number) | flags;
  }

  /** What there is of the present record. */
  present(): Int32Array {
    return this.#data.subarray(this.#origin, this.#origin + this.length);
  }

  /** The record's tape; the next record begins. */
  take(): Int32Array {
    const end = this.#origin + this.length;
    const tape = this.#data.subarray(this.#origin, end);
    this.#origin = end;
    this.length = 0;
    return tape;
  }

  #reserve(count: number): number {
    const at = this.length;
    if (this.#origin + at + count > this.#data.length) this.#beginAnother(at + count);
    this.length = at + count;
    return at;
  }

  #beginAnother(wanted: number): void {
    const kept = this.#data.subarray(this.#origin, this.#origin + this.length);
    this.#data = new Int32Array(Math.ceil(Math.max(usualLength, wanted * (wanted < largeLength ? 2 : 1.25))));
    this.#data.set(kept);
    this.#origin = 0;
  }
}
