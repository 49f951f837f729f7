import { hash } from 'node:crypto';
import { appendAttributeValue, appendCountingText, attributesOf, isLink } from './content-parts.ts';
import type { Element } from './element.ts';
import { ByteSink } from './xml/byte-sink.ts';
import type { Markup } from './xml/markup.ts';
import { attributeLength, attributesShift, elementLength, field } from './xml/tape.ts';

/**
 * What a record says, in a hash: `2:` for the version, and the first 62 digits of a SHA-256, so that both fit in the
 * columns of 64 characters that version 0.1.0 made for hashes. Left out is what may differ between two reports although
 * nothing happened: white space between elements, the order of attributes and of sibling elements, namespaces and their
 * prefixes, the notation of characters, and links, which may be signed anew each time (`*_url` as element, as attribute,
 * and as name of an event's value).
 *
 * What is hashed is unambiguous: each name, value and text follows its length, each list its count. An element is
 * name, attributes by name, text, children in the order of their bytes.
 */
export function contentHash({ markup, at }: Element): string {
  try {
    appendElement(markup, at);
    return `${contentHashVersion}${digestFrom(0).toString('hex').slice(0, digits)}`;
  } finally {
    sink.clear();
  }
}

/** Of which version a hash is: those of version 1 bear no mark. */
export function isOfPresentVersion(hash: string): boolean {
  return hash.startsWith(contentHashVersion);
}

const contentHashVersion = '2:';
const digits = 62;

/** What is about to be hashed. Nothing stays in it, so one will do for all. */
const sink = new ByteSink();

/** A child longer than that stands there as its digest: so most of a large record is in memory once, not twice. */
const longestChild = 256;
const asItIs = 0;
const asDigest = 1;

function appendElement(markup: Markup, at: number): void {
  const { tape, names } = markup;
  const info = tape[at + field.info] as number;
  const childrenAt = at + elementLength + (info >> attributesShift) * attributeLength;
  const end = tape[at + field.next] as number;
  appendName(names.encoded[tape[at + field.name] as number] as Buffer);
  const attributes = attributesOf(markup, at);
  endLength(beginLength(), attributes.length);
  for (const attribute of attributes) {
    appendName(names.encoded[(tape[attribute] as number) >> 1] as Buffer);
    const value = beginLength();
    appendAttributeValue(sink, markup, attribute);
    endLength(value);
  }
  const text = beginLength();
  appendCountingText(sink, markup, at, childrenAt < end);
  endLength(text);
  appendChildren(markup, childrenAt, end);
}

/** In the order of their bytes: that of the document may differ between two reports. */
function appendChildren(markup: Markup, from: number, end: number): void {
  let count = 0;
  for (let child = from; child < end; child = markup.tape[child + field.next] as number) {
    if (!isLink(markup, child)) count += 1;
  }
  endLength(beginLength(), count);
  if (count === 0) return;
  const places: number[] = [];
  for (let child = from; child < end; child = markup.tape[child + field.next] as number) {
    if (isLink(markup, child)) continue;
    places.push(sink.length);
    appendChild(markup, child);
  }
  if (places.length > 1) sort(places);
}

function appendChild(markup: Markup, at: number): void {
  const from = sink.length;
  sink.add(asItIs);
  appendElement(markup, at);
  if (sink.length - from <= longestChild) return;
  const digest = digestFrom(from + 1);
  sink.length = from;
  sink.add(asDigest);
  sink.append(digest, 0, digest.length);
}

function sort(places: readonly number[]): void {
  const pieces = places.map((from, index) => ({ from, to: places[index + 1] ?? sink.length }));
  if (pieces.every((piece, index) => index === 0 || compare(pieces[index - 1] as Piece, piece) <= 0)) return;
  const first = places[0] as number;
  for (const { from, to } of pieces.sort(compare)) sorted.append(sink.bytes, from, to);
  sink.length = first;
  sink.append(sorted.bytes, 0, sorted.length);
  sorted.clear();
}

interface Piece {
  readonly from: number;
  readonly to: number;
}

const sorted = new ByteSink();

function compare(a: Piece, b: Piece): number {
  const { bytes } = sink;
  const shorter = Math.min(a.to - a.from, b.to - b.from);
  for (let index = 0; index < shorter; index += 1) {
    const difference = (bytes[a.from + index] as number) - (bytes[b.from + index] as number);
    if (difference !== 0) return difference;
  }
  return a.to - a.from - (b.to - b.from);
}

function appendName(name: Buffer): void {
  const length = beginLength();
  sink.append(name, 0, name.length);
  endLength(length);
}

/** In one byte when it is small; else that is 255, and four follow. Returns its place. */
function beginLength(): number {
  sink.add(0);
  return sink.length - 1;
}

const large = 255;

/** Fills in how many bytes, or other things, have followed a place. */
function endLength(at: number, count: number = sink.length - at - 1): void {
  if (count < large) {
    sink.bytes[at] = count;
    return;
  }
  sink.bytes[at] = large;
  const end = sink.length;
  for (let byte = 0; byte < 4; byte += 1) sink.add(0);
  sink.bytes.copyWithin(at + 5, at + 1, end);
  sink.bytes.writeUInt32BE(count, at + 1);
}

function digestFrom(from: number): Buffer {
  return hash('sha256', sink.bytes.subarray(from, sink.length), 'buffer');
}
