import { createHash, type Hash } from 'node:crypto';
import { Element } from './element.ts';
import { ByteSink } from './xml/byte-sink.ts';
import { blankClass } from './xml/bytes.ts';
import type { Markup } from './xml/markup.ts';
import { appendOwnText } from './xml/own-text.ts';
import { appendValue } from './xml/resolve.ts';
import { attributeLength, attributesShift, elementLength, field, hasText, mustResolve } from './xml/tape.ts';

/**
 * SHA-256, hex, of what a record says. Left out is what may differ between two reports although nothing happened:
 * white space between elements, the order of attributes, namespaces and their prefixes, the notation of characters,
 * and links, which may be signed anew each time (`*_url` as element, as attribute, and as name of an event's value).
 */
export function contentHash({ markup, at }: Element): string {
  const hasher = new Hasher(markup);
  hasher.element(at);
  return hasher.digest();
}

/** What is about to be hashed. Nothing stays in it, so one will do for all. */
const sink = new ByteSink();
/** Hashed in pieces of this size, so that a huge session needs no second copy of itself. */
const pieceLength = 65_536;

/** What tells names, values and texts apart: none of it can be in a document. */
const marks = { element: 1, text: 2, end: 3, attribute: 4, value: 5 } as const;

const url = Buffer.from('_url');

class Hasher {
  readonly #markup: Markup;
  readonly #hash: Hash = createHash('sha256');
  /** The number of the attribute `name`. */
  readonly #name: number;
  readonly #sorted: number[] = [];

  constructor(markup: Markup) {
    this.#markup = markup;
    this.#name = markup.names.numberOf('name');
  }

  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  element(at: number): void {
    const { tape, names } = this.#markup;
    const info = tape[at + field.info] as number;
    const childrenAt = at + elementLength + (info >> attributesShift) * attributeLength;
    const end = tape[at + field.next] as number;
    this.#addName(marks.element, names.encoded[tape[at + field.name] as number] as Buffer);
    this.#attributes(at + elementLength, childrenAt);
    for (let child = childrenAt; child < end; child = tape[child + field.next] as number) {
      if (!this.#isLink(child)) this.element(child);
    }
    sink.add(marks.text);
    if ((info & hasText) !== 0) this.#text(at, childrenAt < end);
    sink.add(marks.end);
    if (sink.length >= pieceLength) this.#flush();
  }

  #addName(mark: number, name: Buffer): void {
    sink.add(mark);
    sink.append(name, 0, name.length);
  }

  /** In the order of their names. */
  #attributes(from: number, to: number): void {
    const { bytes, tape, names } = this.#markup;
    this.#sort(from, to);
    for (const at of this.#sorted) {
      const key = tape[at] as number;
      this.#addName(marks.attribute, names.encoded[key >> 1] as Buffer);
      sink.add(marks.value);
      if ((key & mustResolve) === 0) sink.append(bytes, tape[at + 1] as number, tape[at + 2] as number);
      else appendValue(sink, bytes, tape[at + 1] as number, tape[at + 2] as number);
    }
  }

  /** Gathers the attributes that count. */
  #sort(from: number, to: number): void {
    const { tape, names } = this.#markup;
    const sorted = this.#sorted;
    sorted.length = 0;
    for (let at = from; at < to; at += attributeLength) {
      const name = names.texts[(tape[at] as number) >> 1] as string;
      if (name.startsWith('xmlns') || name.endsWith('_url')) continue;
      let place = sorted.push(at) - 1;
      for (; place > 0; place -= 1) {
        const before = sorted[place - 1] as number;
        if ((names.texts[(tape[before] as number) >> 1] as string) < name) break;
        sorted[place] = before;
      }
      sorted[place] = at;
    }
  }

  #isLink(element: number): boolean {
    const { bytes, tape, names } = this.#markup;
    const name = names.encoded[tape[element + field.name] as number] as Buffer;
    if (endsWithUrl(name, 0, name.length)) return true;
    const attributes = (tape[element + field.info] as number) >> attributesShift;
    const first = element + elementLength;
    for (let at = first; at < first + attributes * attributeLength; at += attributeLength) {
      const key = tape[at] as number;
      if (key >> 1 !== this.#name) continue;
      if ((key & mustResolve) === 0)
        return endsWithUrl(bytes, tape[at + 1] as number, tape[at + 2] as number);
      return new Element(this.#markup, element).attribute('name')?.endsWith('_url') ?? false;
    }
    return false;
  }

  /** Text that is only white space does not count, nor does what surrounds the text of an element with children. */
  #text(element: number, hasChildren: boolean): void {
    const from = sink.length;
    appendOwnText(sink, this.#markup, element);
    let begin = from;
    while (begin < sink.length && blankClass[sink.bytes[begin] as number] === 1) begin += 1;
    if (begin === sink.length) sink.length = from;
    else if (hasChildren) this.#trim(from, begin);
  }

  #trim(from: number, begin: number): void {
    const { bytes } = sink;
    bytes.copyWithin(from, begin, sink.length);
    sink.length -= begin - from;
    while (blankClass[bytes[sink.length - 1] as number] === 1) sink.length -= 1;
  }

  #flush(): void {
    this.#hash.update(sink.bytes.subarray(0, sink.length));
    sink.clear();
  }
}

function endsWithUrl(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < url.length) return false;
  for (let index = 0; index < url.length; index += 1) {
    if (bytes[to - url.length + index] !== url[index]) return false;
  }
  return true;
}
