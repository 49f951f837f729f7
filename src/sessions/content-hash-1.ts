import { createHash, type Hash } from 'node:crypto';
import { appendAttributeValue, appendCountingText, attributesOf, isLink } from './content-parts.ts';
import type { Element } from './element.ts';
import { ByteSink } from './xml/byte-sink.ts';
import type { Markup } from './xml/markup.ts';
import { attributeLength, attributesShift, elementLength, field } from './xml/tape.ts';

/**
 * The content hash of version 0.1.0: SHA-256, hex. It depends on the order of elements, and a text that holds its marks
 * may pass for structure. Only hashes that were recorded then are compared with it.
 */
export function contentHash1({ markup, at }: Element): string {
  const hasher = new Hasher(markup);
  hasher.element(at);
  return hasher.digest();
}

/** What is about to be hashed. Nothing stays in it, so one will do for all. */
const sink = new ByteSink();
/** Hashed in pieces of this size, so that a huge session needs no second copy of itself. */
const pieceLength = 65_536;

/** What tells names, values and texts apart. */
const marks = { element: 1, text: 2, end: 3, attribute: 4, value: 5 } as const;

class Hasher {
  readonly #markup: Markup;
  readonly #hash: Hash = createHash('sha256');

  constructor(markup: Markup) {
    this.#markup = markup;
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
    for (const attribute of attributesOf(this.#markup, at)) {
      this.#addName(marks.attribute, names.encoded[(tape[attribute] as number) >> 1] as Buffer);
      sink.add(marks.value);
      appendAttributeValue(sink, this.#markup, attribute);
    }
    for (let child = childrenAt; child < end; child = tape[child + field.next] as number) {
      if (!isLink(this.#markup, child)) this.element(child);
    }
    sink.add(marks.text);
    appendCountingText(sink, this.#markup, at, childrenAt < end);
    sink.add(marks.end);
    if (sink.length >= pieceLength) this.#flush();
  }

  #addName(mark: number, name: Buffer): void {
    sink.add(mark);
    sink.append(name, 0, name.length);
  }

  #flush(): void {
    this.#hash.update(sink.bytes.subarray(0, sink.length));
    sink.clear();
  }
}
