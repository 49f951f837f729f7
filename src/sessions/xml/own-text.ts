import type { ByteSink } from './byte-sink.ts';
import { lessThan, openBracket, questionMark } from './bytes.ts';
import type { Markup } from './markup.ts';
import { appendCdata, appendText } from './resolve.ts';
import { attributeLength, attributesShift, elementLength, field, hasMarkup, hasReferences } from './tape.ts';

const cdataOpener = Buffer.from('<![CDATA[');
const cdataEnd = Buffer.from(']]>');
const commentEnd = Buffer.from('-->');
const instructionEnd = Buffer.from('?>');

/** The character data between the tags of an element, without its children; comments and instructions are passed over. */
export function appendOwnText(sink: ByteSink, markup: Markup, element: number): void {
  const { bytes, tape } = markup;
  const info = tape[element + field.info] as number;
  const firstChild = element + elementLength + (info >> attributesShift) * attributeLength;
  const from = tape[element + field.content] as number;
  const to = tape[element + field.contentEnd] as number;
  const isLeaf = firstChild === tape[element + field.next];
  if (!isLeaf || (info & hasMarkup) !== 0) appendBetween(sink, markup, element, firstChild);
  else if ((info & hasReferences) !== 0) appendText(sink, bytes, from, to);
  else sink.append(bytes, from, to);
}

/** What stands between children and sections. */
function appendBetween(sink: ByteSink, { bytes, tape }: Markup, element: number, firstChild: number): void {
  const end = tape[element + field.contentEnd] as number;
  const next = tape[element + field.next] as number;
  let child = firstChild;
  let at = tape[element + field.content] as number;
  while (at < end) {
    const found = bytes.indexOf(lessThan, at);
    const markup = found < 0 || found > end ? end : found;
    appendText(sink, bytes, at, markup);
    if (markup === end) return;
    if (child < next && tape[child + field.start] === markup) {
      at = tape[child + field.end] as number;
      child = tape[child + field.next] as number;
    } else {
      at = appendSection(sink, bytes, markup);
    }
  }
}

/** Returns the offset after a section that has been scanned before. */
function appendSection(sink: ByteSink, bytes: Buffer, at: number): number {
  if (bytes[at + 1] === questionMark) return bytes.indexOf(instructionEnd, at) + instructionEnd.length;
  if (bytes[at + 2] !== openBracket) return bytes.indexOf(commentEnd, at + 4) + commentEnd.length;
  const from = at + cdataOpener.length;
  const end = bytes.indexOf(cdataEnd, from);
  appendCdata(sink, bytes, from, end);
  return end + cdataEnd.length;
}
