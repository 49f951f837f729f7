import { createHash, type Hash } from 'node:crypto';
import { Element } from './element.ts';
import { ByteSink } from './xml/byte-sink.ts';
import { blankClass } from './xml/bytes.ts';
import type { Markup } from './xml/markup.ts';
import { appendOwnText } from './xml/own-text.ts';
import { appendValue } from './xml/resolve.ts';
import { attributeLength, attributesShift, elementLength, field, hasText } from './xml/tape.ts';

/**
 * SHA-256, hex, of what a record says. Left out is what may differ between two reports although nothing happened:
 * white space between elements, the order of attributes, namespaces and their prefixes, the notation of characters,
 * and links, which may be signed anew each time (`*_url` as element, as attribute, and as name of an event's value).
 */
export function contentHash({ markup, at }: Element): string {
  const hash = createHash('sha256');
  feedElement(hash, markup, at);
  flush(hash);
  return hash.digest('hex');
}

/** What is about to be hashed. Nothing waits, so one will do for all. */
const sink = new ByteSink();
/** Hashed in pieces of this size, so that a huge session needs no second copy of itself. */
const pieceLength = 65_536;

const marks = { element: 1, text: 2, end: 3, attribute: 4, value: 5 } as const;

function feedElement(hash: Hash, markup: Markup, at: number): void {
  const { tape, names } = markup;
  const info = tape[at + field.info] as number;
  const attributesAt = at + elementLength;
  const childrenAt = attributesAt + (info >> attributesShift) * attributeLength;
  const end = tape[at + field.next] as number;
  addNamed(marks.element, names.encoded[tape[at + field.name] as number] as Buffer);
  feedAttributes(markup, attributesAt, childrenAt);
  for (let child = childrenAt; child < end; child = tape[child + field.next] as number) {
    if (!isLink(markup, child)) feedElement(hash, markup, child);
  }
  sink.add(marks.text);
  if ((info & hasText) !== 0) feedText(markup, at, childrenAt < end);
  sink.add(marks.end);
  if (sink.length >= pieceLength) flush(hash);
}

function addNamed(mark: number, name: Buffer): void {
  sink.add(mark);
  sink.append(name, 0, name.length);
}

/** In the order of their names. */
function feedAttributes({ bytes, tape, names }: Markup, from: number, to: number): void {
  for (const at of inOrder(tape, names.texts, from, to)) {
    const number = (tape[at] as number) >> 1;
    addNamed(marks.attribute, names.encoded[number] as Buffer);
    sink.add(marks.value);
    appendValue(sink, bytes, tape[at + 1] as number, tape[at + 2] as number);
  }
}

const order: number[] = [];

/** Where on the tape the attributes are that count, sorted by name. */
function inOrder(tape: Int32Array, names: readonly string[], from: number, to: number): readonly number[] {
  order.length = 0;
  for (let at = from; at < to; at += attributeLength) {
    const name = names[(tape[at] as number) >> 1] as string;
    if (name.startsWith('xmlns') || name.endsWith('_url')) continue;
    let place = order.push(at) - 1;
    for (; place > 0; place -= 1) {
      const before = order[place - 1] as number;
      if ((names[(tape[before] as number) >> 1] as string) < name) break;
      order[place] = before;
    }
    order[place] = at;
  }
  return order;
}

function isLink(markup: Markup, at: number): boolean {
  const { tape, names } = markup;
  if ((names.texts[tape[at + field.name] as number] as string).endsWith('_url')) return true;
  return new Element(markup, at).attribute('name')?.endsWith('_url') ?? false;
}

/** Text that is only white space does not count, nor does what surrounds the text of an element with children. */
function feedText(markup: Markup, at: number, hasChildren: boolean): void {
  const from = sink.length;
  appendOwnText(sink, markup, at);
  const { bytes } = sink;
  let begin = from;
  while (begin < sink.length && blankClass[bytes[begin] as number] === 1) begin += 1;
  if (begin === sink.length) sink.length = from;
  else if (hasChildren) {
    bytes.copyWithin(from, begin, sink.length);
    sink.length -= begin - from;
    while (blankClass[bytes[sink.length - 1] as number] === 1) sink.length -= 1;
  }
}

function flush(hash: Hash): void {
  hash.update(sink.bytes.subarray(0, sink.length));
  sink.clear();
}
