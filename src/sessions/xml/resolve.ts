import type { ByteSink } from './byte-sink.ts';
import { ampersand, carriageReturn, lineFeed, space, tab } from './bytes.ts';
import { characterOf, referenceEnd } from './references.ts';

/** What is done to bytes that were scanned before they are text, besides making each line end one line feed. */
interface Rules {
  readonly references: boolean;
  /** Whether each line end and tab becomes a blank, as in the values of attributes. */
  readonly blanks: boolean;
}

const textRules: Rules = { references: true, blanks: false };
const valueRules: Rules = { references: true, blanks: true };
const cdataRules: Rules = { references: false, blanks: false };

export function appendText(sink: ByteSink, bytes: Buffer, from: number, to: number): void {
  append(sink, bytes, from, to, textRules);
}

export function appendValue(sink: ByteSink, bytes: Buffer, from: number, to: number): void {
  append(sink, bytes, from, to, valueRules);
}

export function appendCdata(sink: ByteSink, bytes: Buffer, from: number, to: number): void {
  append(sink, bytes, from, to, cdataRules);
}

/** What stands for itself is appended in runs. A reference that stands for no character stays as it is. */
function append(sink: ByteSink, bytes: Buffer, from: number, to: number, rules: Rules): void {
  let run = from;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte > ampersand || byte === space) continue;
    const isReference = byte === ampersand && rules.references;
    const isBlank = byte === carriageReturn || (rules.blanks && (byte === lineFeed || byte === tab));
    if (!isReference && !isBlank) continue;
    sink.append(bytes, run, at);
    at = isReference ? appendReference(sink, bytes, at) : appendBlank(sink, bytes, at, rules);
    run = at + 1;
  }
  sink.append(bytes, run, to);
}

/** Returns the offset of its last byte. */
function appendReference(sink: ByteSink, bytes: Buffer, at: number): number {
  const end = referenceEnd(bytes, at);
  const codePoint = characterOf(bytes, at, end);
  if (codePoint >= 0) sink.addCharacter(codePoint);
  else sink.append(bytes, at, end + 1);
  return end;
}

/** Returns the offset of its last byte: CR LF is one line end. */
function appendBlank(sink: ByteSink, bytes: Buffer, at: number, { blanks }: Rules): number {
  sink.add(blanks ? space : lineFeed);
  return bytes[at] === carriageReturn && bytes[at + 1] === lineFeed ? at + 1 : at;
}
