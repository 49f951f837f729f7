import type { ByteWindow } from './byte-window.ts';
import {
  ampersand,
  blankClass,
  carriageReturn,
  doubleQuote,
  equalsSign,
  greaterThan,
  lessThan,
  lineFeed,
  nameClass,
  singleQuote,
  slash,
  tab,
  valueClass,
} from './bytes.ts';
import { type Defects, defect } from './defects.ts';
import { incomplete, Malformed } from './malformed.ts';
import type { Names } from './names.ts';
import { skipReference } from './references.ts';
import { attributesShift, field, type TapeWriter } from './tape.ts';

/** Longest start tag, in bytes, and most attributes of one: far beyond those of any report. */
const longestTag = 1_048_576;
const mostAttributes = 10_000;

/** Scans start tags onto the tape. */
export class StartTagScanner {
  readonly #window: ByteWindow;
  readonly #tape: TapeWriter;
  readonly #defects: Defects;
  /** Of the tag that was scanned last: the number of its name, where it is on the tape, whether it is an empty element. */
  name = 0;
  element = 0;
  isEmpty = false;
  #isPlain = true;
  readonly #search: TagEndSearch;

  constructor(window: ByteWindow, tape: TapeWriter, defects: Defects) {
    this.#window = window;
    this.#tape = tape;
    this.#defects = defects;
    this.#search = new TagEndSearch(window);
  }

  /** The window has moved down by so many bytes. */
  moved(by: number): void {
    this.#search.moved(by);
  }

  /** The offset after the tag that begins at `at`, or `incomplete`. Offsets on the tape count from `origin`. */
  scan(at: number, names: Names, origin: number): number {
    if (!this.#search.isWorthScanning(at)) return incomplete;
    const tape = this.#tape;
    const before = tape.length;
    this.name = names.read(this.#window.bytes, at + 1);
    const nameEnd = names.end;
    this.element = tape.element(names.local[this.name] as number, at - origin);
    const end = this.#attributes(nameEnd, names, origin);
    if (end === incomplete) {
      tape.length = before;
      this.#search.incomplete(at);
    } else {
      this.#search.clear();
    }
    return end;
  }

  #attributes(from: number, names: Names, origin: number): number {
    const { bytes } = this.#window;
    names.beginTag();
    let at = from;
    for (let count = 0; ; count += 1) {
      const next = skipBlanks(bytes, at);
      if (nameClass[bytes[next] as number] !== 2) return this.#close(next, count, origin);
      if (count === mostAttributes)
        throw new Malformed(`there is a tag with more than ${mostAttributes} attributes`, at);
      if (next === at) throw new Malformed('there is no white space between attributes', at);
      at = this.#attribute(next, names, origin);
      if (at === incomplete) return incomplete;
    }
  }

  #attribute(at: number, names: Names, origin: number): number {
    const { bytes, until } = this.#window;
    const name = names.read(bytes, at);
    const equals = skipBlanks(bytes, names.end);
    if (equals >= until) return incomplete;
    if (bytes[equals] !== equalsSign) throw new Malformed('there is an attribute without a value', at);
    const quoteAt = skipBlanks(bytes, equals + 1);
    if (quoteAt >= until) return incomplete;
    const quote = bytes[quoteAt] as number;
    if (quote !== doubleQuote && quote !== singleQuote)
      throw new Malformed('there is an attribute whose value is not quoted', at);
    const end = this.#value(quoteAt + 1, quote);
    if (end === incomplete) return incomplete;
    if (!names.addAttribute(name)) throw new Malformed('there is an attribute twice in one tag', at);
    this.#tape.attribute(name, quoteAt + 1 - origin, end - origin, this.#isPlain);
    return end + 1;
  }

  /** The offset of the quote that ends the value. */
  #value(from: number, quote: number): number {
    const { bytes, until } = this.#window;
    this.#isPlain = true;
    let at = from;
    for (;;) {
      while (valueClass[bytes[at] as number] === 1) at += 1;
      if (bytes[at] === quote) return at;
      if (at >= until) return incomplete;
      at = this.#special(at);
      if (at === incomplete) return incomplete;
    }
  }

  /** Goes past a byte of a value that is more than itself. */
  #special(at: number): number {
    const { bytes, until } = this.#window;
    switch (bytes[at]) {
      case ampersand:
        this.#isPlain = false;
        return skipReference(bytes, at, until, this.#defects);
      case tab:
      case lineFeed:
      case carriageReturn:
        this.#isPlain = false;
        break;
      case lessThan:
        this.#defects.add(defect.lessThan);
        break;
      case doubleQuote:
      case singleQuote:
        break;
      default:
        this.#defects.add(defect.control);
    }
    return at + 1;
  }

  #close(at: number, attributes: number, origin: number): number {
    const { bytes, until } = this.#window;
    this.isEmpty = bytes[at] === slash;
    const last = this.isEmpty ? at + 1 : at;
    if (last >= until) return incomplete;
    if (bytes[last] !== greaterThan)
      throw new Malformed('there is a tag that holds something else than attributes', at);
    this.#tape.set(this.element + field.content, last + 1 - origin);
    this.#tape.set(this.element + field.info, attributes << attributesShift);
    return last + 1;
  }
}

/**
 * Looks for the end of a tag that was incomplete, in what has come since: so the tag is not scanned again for each piece
 * of it, but only when it is complete, or twice as long.
 */
class TagEndSearch {
  readonly #window: ByteWindow;
  /** Up to where was looked; 0: no tag was incomplete. */
  #searched = 0;
  /** The quote of the value in which that is, else 0. */
  #quote = 0;
  /** Where the bytes ended when the tag was scanned last. */
  #scanned = 0;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  moved(by: number): void {
    if (this.#searched === 0) return;
    this.#searched -= by;
    this.#scanned -= by;
  }

  clear(): void {
    this.#searched = 0;
    this.#quote = 0;
  }

  /** The tag that begins at `at` was scanned, and is incomplete. */
  incomplete(at: number): void {
    const { until } = this.#window;
    if (until - at > longestTag) throw new Malformed(`there is a tag of more than ${longestTag} bytes`, at);
    if (this.#searched === 0) this.#searched = at + 1;
    this.#scanned = until;
  }

  isWorthScanning(at: number): boolean {
    if (this.#searched === 0) return true;
    const { until } = this.#window;
    return this.#find() || until - at >= 2 * (this.#scanned - at) || until - at > longestTag;
  }

  /** Whether the tag ends within the bytes. */
  #find(): boolean {
    const { bytes, until } = this.#window;
    for (; this.#searched < until; this.#searched += 1) {
      const byte = bytes[this.#searched] as number;
      if (this.#quote !== 0) {
        if (byte === this.#quote) this.#quote = 0;
      } else if (byte === greaterThan) return true;
      else if (byte === doubleQuote || byte === singleQuote) this.#quote = byte;
    }
    return false;
  }
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (blankClass[bytes[at] as number] === 1) at += 1;
  return at;
}
