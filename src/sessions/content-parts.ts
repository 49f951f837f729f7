import { Element } from './element.ts';
import type { ByteSink } from './xml/byte-sink.ts';
import { blankClass } from './xml/bytes.ts';
import type { Markup } from './xml/markup.ts';
import { appendOwnText } from './xml/own-text.ts';
import { appendValue } from './xml/resolve.ts';
import { attributeLength, attributesShift, elementLength, field, hasText, mustResolve } from './xml/tape.ts';

/** What counts of a record in every version of the content hash: elements that are no links, their attributes and texts. */

const url = Buffer.from('_url');

/** A link may be signed anew in each report: `*_url` as an element's name, or as the name of an event's value. */
export function isLink({ bytes, tape, names }: Markup, element: number): boolean {
  const name = names.encoded[tape[element + field.name] as number] as Buffer;
  if (endsWithUrl(name, 0, name.length)) return true;
  const nameAttribute = names.numberOf('name');
  const attributes = (tape[element + field.info] as number) >> attributesShift;
  const first = element + elementLength;
  for (let at = first; at < first + attributes * attributeLength; at += attributeLength) {
    const key = tape[at] as number;
    if (key >> 1 !== nameAttribute) continue;
    if ((key & mustResolve) === 0) return endsWithUrl(bytes, tape[at + 1] as number, tape[at + 2] as number);
    return new Element({ bytes, tape, names }, element).attribute('name')?.endsWith('_url') ?? false;
  }
  return false;
}

function endsWithUrl(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < url.length) return false;
  for (let index = 0; index < url.length; index += 1) {
    if (bytes[to - url.length + index] !== url[index]) return false;
  }
  return true;
}

/** The places of the attributes that count, in the order of their names: neither namespaces nor links. */
export function attributesOf({ tape, names }: Markup, element: number): readonly number[] {
  const attributes = (tape[element + field.info] as number) >> attributesShift;
  if (attributes === 0) return [];
  const nameOf = (at: number) => names.texts[(tape[at] as number) >> 1] as string;
  const places: number[] = [];
  const first = element + elementLength;
  for (let at = first; at < first + attributes * attributeLength; at += attributeLength) {
    const name = nameOf(at);
    if (!name.startsWith('xmlns') && !name.endsWith('_url')) places.push(at);
  }
  return places.length < 2 ? places : places.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

export function appendAttributeValue(sink: ByteSink, { bytes, tape }: Markup, attribute: number): void {
  const from = tape[attribute + 1] as number;
  const to = tape[attribute + 2] as number;
  if (((tape[attribute] as number) & mustResolve) === 0) sink.append(bytes, from, to);
  else appendValue(sink, bytes, from, to);
}

/** Text that is only white space does not count, nor does what surrounds the text of an element with children. */
export function appendCountingText(
  sink: ByteSink,
  markup: Markup,
  element: number,
  hasChildren: boolean,
): void {
  if (((markup.tape[element + field.info] as number) & hasText) === 0) return;
  const from = sink.length;
  appendOwnText(sink, markup, element);
  let begin = from;
  while (begin < sink.length && blankClass[sink.bytes[begin] as number] === 1) begin += 1;
  if (begin === sink.length) sink.length = from;
  else if (hasChildren) trim(sink, from, begin);
}

function trim(sink: ByteSink, from: number, begin: number): void {
  const { bytes } = sink;
  bytes.copyWithin(from, begin, sink.length);
  sink.length -= begin - from;
  while (blankClass[bytes[sink.length - 1] as number] === 1) sink.length -= 1;
}
