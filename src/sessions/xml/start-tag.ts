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

  constructor(window: ByteWindow, tape: TapeWriter, defects: Defects) {
    this.#window = window;
    this.#tape = tape;
    this.#defects = defects;
  }

  /** The offset after the tag that begins at `at`, or `incomplete`. Offsets on the tape count from `origin`. */
  scan(at: number, names: Names, origin: number): number {
    const tape = this.#tape;
    const before = tape.length;
    this.name = names.read(this.#window.bytes, at + 1);
    const nameEnd = names.end;
    this.element = tape.element(names.local[this.name] as number, at - origin);
    const end = this.#attributes(nameEnd, names, origin);
    if (end === incomplete) tape.length = before;
    return end;
  }

  #attributes(from: number, names: Names, origin: number): number {
    const { bytes } = this.#window;
    names.beginTag();
    let at = from;
    for (let count = 0; ; count += 1) {
      const next = skipBlanks(bytes, at);
      if (nameClass[bytes[next] as number] !== 2) return this.#close(next, count, origin);
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

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (blankClass[bytes[at] as number] === 1) at += 1;
  return at;
}
