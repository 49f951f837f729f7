import type { ByteSink } from './byte-sink.ts';
import { lessThan, openBracket, questionMark } from './bytes.ts';
import type { Markup } from './markup.ts';
import { appendCdata, appendText } from './resolve.ts';
import { attributeLength, attributesShift, elementLength, field } from './tape.ts';

const cdataOpener = Buffer.from('<![CDATA[');
const cdataEnd = Buffer.from(']]>');
const commentEnd = Buffer.from('-->');
const instructionEnd = Buffer.from('?>');

/** The character data between the tags of an element, without its children; comments and instructions are passed over. */
export function appendOwnText(sink: ByteSink, { bytes, tape }: Markup, element: number): void {
  const attributes = (tape[element + field.info] as number) >> attributesShift;
  const end = tape[element + field.contentEnd] as number;
  let child = element + elementLength + attributes * attributeLength;
  let at = tape[element + field.content] as number;
  while (at < end) {
    const found = bytes.indexOf(lessThan, at);
    const markup = found < 0 || found > end ? end : found;
    appendText(sink, bytes, at, markup);
    if (markup === end) return;
    if (child < (tape[element + field.next] as number) && tape[child + field.start] === markup) {
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
