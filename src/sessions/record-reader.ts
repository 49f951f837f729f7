import { isUtf8 } from 'node:buffer';
import type { SaxesTagPlain } from 'saxes';
import { asByteString, ByteParser } from './byte-parser.ts';
import { type Element, localName } from './element.ts';

/** The document cannot be understood as XML; `offset` is the byte at which that showed. */
export class ReportSyntaxError extends Error {
  readonly offset: number;
  /** The document ended before its root did: it was cut off rather than malformed. */
  readonly truncated: boolean;

  constructor(message: string, offset: number, truncated = false) {
    super(message);
    this.name = 'ReportSyntaxError';
    this.offset = offset;
    this.truncated = truncated;
  }
}

/** What `RecordReader` found at the top of the document: the root, or one complete child of it. */
export interface RecordSink {
  root(element: Element, startTag: Uint8Array): void;
  /** `raw` is the child's bytes as they came; `defects` says what XML forbids in them. */
  record(element: Element, raw: Uint8Array, defects: readonly string[]): void;
  /** The root has ended; its own text is complete now. */
  end(root: Element): void;
}

const maxDepth = 256;

/** What saxes calls well-formedness errors that a reader of evidence must survive: the text is kept as it came. */
const survivable = new Map([
  ['disallowed character.', 'a control character that XML forbids'],
  ['malformed character entity.', 'a reference to a character that XML forbids'],
  ['undefined entity.', 'an undefined entity'],
  ['the string "]]>" is disallowed in char data.', 'an unescaped "]]>"'],
]);

/**
 * Reads a report as it comes and hands out each child of the root, complete, with its bytes. Holds one child at a time.
 *
 * The bytes are given to saxes as latin1, one character a byte: its positions are byte offsets then, broken UTF-8
 * cannot trip it, and only what is read of a record is ever decoded. Markup is ASCII in every known report.
 */
export class RecordReader {
  readonly #sink: RecordSink;
  readonly #parser = new ByteParser();
  readonly #path: Element[] = [];
  /** Bytes from `#heldFrom` on: at least those of the child being read. */
  #held: Uint8Array[] = [];
  #heldFrom = 0;
  #heldUntil = 0;
  #recordStart = -1;
  #skippedBom = 0;
  #head: Uint8Array | null = new Uint8Array(0);
  #defects = new Set<string>();

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.#parser.on('opentag', (tag) => this.#open(tag));
    this.#parser.on('closetag', () => this.#close());
    this.#parser.on('text', (text) => this.#text(text));
    this.#parser.on('cdata', (text) => this.#text(text));
    this.#parser.on('xmldecl', (declaration) => this.#checkEncoding(declaration.encoding));
    this.#parser.on('error', (error) => this.#fail(error.message));
  }

  write(chunk: Uint8Array): void {
    const bytes = this.#head === null ? chunk : this.#begin(chunk);
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldUntil += bytes.length;
    this.#parser.write(asByteString(bytes));
    this.#release();
  }

  end(): void {
    if (this.#head !== null && this.#head.length > 0) {
      const head = this.#head;
      this.#head = null;
      this.write(head);
    }
    this.#parser.close();
  }

  get #position(): number {
    return this.#parser.position + this.#skippedBom;
  }

  /** Holds the first bytes back until a byte order mark can be told, and drops it. */
  #begin(chunk: Uint8Array): Uint8Array {
    const head = Buffer.concat([this.#head ?? new Uint8Array(0), chunk]);
    if (head.length < 3) {
      this.#head = head;
      return new Uint8Array(0);
    }
    this.#head = null;
    if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
      throw new ReportSyntaxError('the document is encoded as UTF-16; it must be UTF-8', 0);
    }
    if (head[0] !== 0xef || head[1] !== 0xbb || head[2] !== 0xbf) return head;
    this.#skippedBom = 3;
    this.#heldFrom = 3;
    this.#heldUntil = 3;
    return head.subarray(3);
  }

  #checkEncoding(encoding: string | undefined): void {
    if (encoding === undefined || /^(utf-?8|us-ascii|ascii)$/i.test(encoding)) return;
    throw new ReportSyntaxError(`the document is encoded as ${encoding}; it must be UTF-8`, 0);
  }

  #open(tag: SaxesTagPlain): void {
    const element: Element = {
      name: localName(tag.name),
      attributes: tag.attributes,
      children: [],
      text: '',
    };
    const depth = this.#path.length;
    if (depth === 0) this.#sink.root(element, this.#bytes(this.#startOfTag(), this.#position));
    else if (depth === 1) this.#recordStart = this.#startOfTag();
    else this.#path[depth - 1]?.children.push(element);
    if (depth > maxDepth)
      throw new ReportSyntaxError(`elements nested deeper than ${maxDepth}`, this.#position);
    this.#path.push(element);
  }

  #close(): void {
    const element = this.#path.pop();
    if (element === undefined) return;
    if (this.#path.length === 1) {
      const raw = this.#bytes(this.#recordStart, this.#position);
      this.#recordStart = -1;
      if (!isUtf8(raw)) this.#defects.add('bytes that are not UTF-8');
      const defects = [...this.#defects];
      this.#defects.clear();
      this.#sink.record(element, raw, defects);
    } else if (this.#path.length === 0) {
      this.#sink.end(element);
    }
  }

  #text(text: string): void {
    const element = this.#path[this.#path.length - 1];
    if (element !== undefined) element.text += text;
  }

  #fail(message: string): void {
    const defect = survivable.get(message);
    if (defect !== undefined) {
      this.#defects.add(defect);
      return;
    }
    const truncated = this.#path.length > 0 && /^(unclosed tag|unexpected end)/.test(message);
    const problem = truncated ? 'ends before it is complete' : `is not XML: ${message.replace(/\.$/, '')}`;
    throw new ReportSyntaxError(`the document ${problem}`, this.#position, truncated);
  }

  /** Where the start tag begins that ends here: at the last `<`, since XML allows none inside a tag. */
  #startOfTag(): number {
    let chunkEnd = this.#heldUntil;
    for (const chunk of this.#held.toReversed()) {
      const chunkStart = chunkEnd - chunk.length;
      const last = Math.min(this.#position, chunkEnd) - chunkStart - 1;
      const found = last < 0 ? -1 : chunk.lastIndexOf(lessThan, last);
      if (found >= 0) return chunkStart + found;
      chunkEnd = chunkStart;
    }
    throw new ReportSyntaxError(`a tag longer than ${longestTag} bytes`, this.#position);
  }

  /** The document's bytes from one offset to another, both inside what is held. */
  #bytes(from: number, to: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let offset = this.#heldFrom;
    for (const chunk of this.#held) {
      if (offset < to && offset + chunk.length > from) {
        parts.push(chunk.subarray(Math.max(0, from - offset), to - offset));
      }
      offset += chunk.length;
    }
    return Buffer.concat(parts);
  }

  /** Lets go of whole chunks that come before everything that is still needed. */
  #release(): void {
    const needed = this.#neededFrom();
    while (this.#held.length > 0) {
      const first = this.#held[0] as Uint8Array;
      if (this.#heldFrom + first.length > needed) return;
      this.#heldFrom += first.length;
      this.#held.shift();
    }
  }

  /** Between records a start tag may be half read: it is held back to its `<`, up to a length no tag should have. */
  #neededFrom(): number {
    return this.#recordStart >= 0 ? this.#recordStart : this.#heldUntil - longestTag;
  }
}

const longestTag = 65_536;
const lessThan = 0x3c;
