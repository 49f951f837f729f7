import { ByteSink } from './xml/byte-sink.ts';
import { blankClass } from './xml/bytes.ts';
import type { Markup } from './xml/markup.ts';
import { appendOwnText } from './xml/own-text.ts';
import { appendValue } from './xml/resolve.ts';
import {
  attributeLength,
  attributesShift,
  elementLength,
  field,
  hasMarkup,
  hasReferences,
  mustResolve,
} from './xml/tape.ts';

/** An element of a record: a place on the tape. Its texts are made of the bytes when they are asked for. */
export class Element {
  readonly markup: Markup;
  /** Where on the tape it is. */
  readonly at: number;

  constructor(markup: Markup, at: number) {
    this.markup = markup;
    this.at = at;
  }

  /** Without a prefix: `session` for `r:session`. */
  get name(): string {
    return this.markup.names.texts[this.#field(field.name)] as string;
  }

  get children(): Element[] {
    const { tape } = this.markup;
    const children: Element[] = [];
    const end = this.#field(field.next);
    for (let at = this.#childrenAt; at < end; at = tape[at + field.next] as number)
      children.push(new Element(this.markup, at));
    return children;
  }

  /** The children of a name. */
  all(name: string): Element[] {
    const { tape, names } = this.markup;
    const number = names.numberOf(name);
    const found: Element[] = [];
    const end = this.#field(field.next);
    for (let at = this.#childrenAt; at < end; at = tape[at + field.next] as number) {
      if (tape[at + field.name] === number) found.push(new Element(this.markup, at));
    }
    return found;
  }

  /** The first child of a name. */
  child(name: string): Element | undefined {
    const { tape, names } = this.markup;
    const number = names.numberOf(name);
    const end = this.#field(field.next);
    for (let at = this.#childrenAt; at < end; at = tape[at + field.next] as number) {
      if (tape[at + field.name] === number) return new Element(this.markup, at);
    }
    return undefined;
  }

  /** The value of the attribute of this name, prefix included; null when there is none. */
  attribute(name: string): string | null {
    const { tape, names } = this.markup;
    const number = names.numberOf(name);
    const end = this.#childrenAt;
    for (let at = this.at + elementLength; at < end; at += attributeLength) {
      if ((tape[at] as number) >> 1 === number) return this.#value(at);
    }
    return null;
  }

  /** Every attribute, by its full name. */
  get attributes(): Record<string, string> {
    const { tape, names } = this.markup;
    const attributes: Record<string, string> = {};
    for (let at = this.at + elementLength; at < this.#childrenAt; at += attributeLength)
      attributes[names.texts[(tape[at] as number) >> 1] as string] = this.#value(at);
    return attributes;
  }

  /** All character data directly inside, CDATA and references resolved. Broken UTF-8 becomes U+FFFD. */
  get text(): string {
    if (!this.#isPlain) return this.#resolvedText();
    return this.markup.bytes.toString('utf8', this.#field(field.content), this.#field(field.contentEnd));
  }

  /** The text without the white space around it. */
  get trimmedText(): string {
    if (!this.#isPlain) return this.#resolvedText().trim();
    const { bytes } = this.markup;
    let from = this.#field(field.content);
    let to = this.#field(field.contentEnd);
    while (from < to && blankClass[bytes[from] as number] === 1) from += 1;
    while (from < to && blankClass[bytes[to - 1] as number] === 1) to -= 1;
    return from === to ? '' : bytes.toString('utf8', from, to).trim();
  }

  #field(index: number): number {
    return this.markup.tape[this.at + index] as number;
  }

  get #childrenAt(): number {
    return this.at + elementLength + (this.#field(field.info) >> attributesShift) * attributeLength;
  }

  /** Whether the bytes between the tags are the text. */
  get #isPlain(): boolean {
    const isLeaf = this.#childrenAt === this.#field(field.next);
    return isLeaf && (this.#field(field.info) & (hasMarkup | hasReferences)) === 0;
  }

  #resolvedText(): string {
    appendOwnText(sink, this.markup, this.at);
    return sink.takeText();
  }

  #value(attribute: number): string {
    const { bytes, tape } = this.markup;
    const from = tape[attribute + 1] as number;
    const to = tape[attribute + 2] as number;
    if (((tape[attribute] as number) & mustResolve) === 0) return bytes.toString('utf8', from, to);
    appendValue(sink, bytes, from, to);
    return sink.takeText();
  }
}

/** Texts that are put together of pieces gather here, one at a time. */
const sink = new ByteSink();

export function child(element: Element, name: string): Element | undefined {
  return element.child(name);
}

const none: readonly Element[] = [];

/** The children called `name` of each child called `list`: `customer_list` → every `customer`. */
export function listed(element: Element, list: string, name: string): readonly Element[] {
  const holders = element.all(list);
  const [only] = holders;
  if (only === undefined) return none;
  return holders.length === 1 ? only.all(name) : holders.flatMap((holder) => holder.all(name));
}

/** The element's text without surrounding white space; null when it is missing or empty. */
export function textOf(element: Element | undefined): string | null {
  return element?.trimmedText || null;
}

export function childText(element: Element, name: string): string | null {
  return textOf(element.child(name));
}

/** An attribute's value; null when it is missing or empty. */
export function attribute(element: Element | undefined, name: string): string | null {
  return element?.attribute(name) || null;
}
