import { isUtf8 } from 'node:buffer';
import { Element } from './element.ts';
import { Malformed } from './xml/malformed.ts';
import { Scanner } from './xml/scanner.ts';

/** The document cannot be understood as XML; `offset` is the byte at which that showed. */
export class ReportSyntaxError extends Error {
  readonly offset: number;
  /** The document ended before its root did: it was cut off rather than malformed. */
  readonly truncated: boolean;
  /** It showed within the list of records: one of them may be at fault, and the rest be sound. */
  readonly isInList: boolean;

  constructor(message: string, offset: number, truncated = false, isInList = false) {
    super(message);
    this.isInList = isInList;
    this.name = 'ReportSyntaxError';
    this.offset = offset;
    this.truncated = truncated;
  }
}

/** What `RecordReader` found at the top of the document: the root, or one complete child of it. */
export interface RecordSink {
  /** The root's local name, and its start tag as it came. */
  root(name: string, startTag: Uint8Array): void;
  /** `raw` is the child's bytes as they came; `defects` says what XML forbids in them. */
  record(element: Element, raw: Uint8Array, defects: readonly string[]): void;
  /** A child that was longer than a record may be, and was read past; `lsid` is null where it has none. */
  tooLong(name: string, lsid: string | null, bytes: number): void;
  /** The root has ended; `text` is what stood directly inside it, without surrounding white space. */
  end(text: string): void;
}

/** Markup between two records should not be longer. */
const longestMarkup = 1_048_576;

/** Reads a report as it comes and hands out each child of the root, complete, with its bytes. Holds one child at a time. */
export class RecordReader {
  readonly #sink: RecordSink;
  readonly #scanner = new Scanner();
  readonly #maxRecord: number;
  #hasBegun = false;
  /** The record that is read past. */
  #passed: { readonly name: string; readonly lsid: string | null; readonly from: number } | null = null;

  /** `maxRecord`: how many bytes a record may have. */
  constructor(sink: RecordSink, maxRecord: number) {
    this.#sink = sink;
    this.#maxRecord = maxRecord;
  }

  write(chunk: Uint8Array): void {
    this.#scanner.add(chunk);
    if (this.#hasBegun || this.#begin(3)) this.#read();
  }

  end(): void {
    if (!this.#hasBegun && this.#scanner.window.until === 0)
      throw this.#syntaxError('the document is empty', 0);
    if (!this.#hasBegun && this.#begin(0)) this.#read();
    const { depth, hasRoot, position, window } = this.#scanner;
    if (depth > 0) throw this.#syntaxError('the document ends before it is complete', window.until, true);
    if (!hasRoot) throw this.#syntaxError('the document is not XML: it has no root', window.until);
    if (position < window.until)
      throw this.#syntaxError('the document is not XML: it ends inside of markup', position);
  }

  /** Looks for a byte order mark once there are `enough` bytes, and passes over it. */
  #begin(enough: number): boolean {
    const { bytes, until } = this.#scanner.window;
    if (until < enough) return false;
    this.#hasBegun = true;
    const [first, second, third] = bytes;
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
      throw this.#syntaxError('the document is encoded as UTF-16; it must be UTF-8', 0);
    }
    if (first === 0xef && second === 0xbb && third === 0xbf) this.#scanner.skip(3);
    return true;
  }

  #read(): void {
    const scanner = this.#scanner;
    try {
      for (let found = scanner.next(); found !== 'more'; found = scanner.next()) {
        if (found === 'root') this.#root();
        else if (found === 'record') this.#record();
        else if (found === 'passed') this.#endPassing();
        else this.#sink.end(scanner.rootText.takeText().trim());
      }
    } catch (error) {
      if (error instanceof Malformed)
        throw this.#syntaxError(
          `the document is not XML: ${error.message}`,
          error.at,
          false,
          scanner.depth > 0,
        );
      throw error;
    }
    if (scanner.recordLength > this.#maxRecord) this.#passOver();
    const waiting = scanner.window.until - scanner.position;
    if (scanner.depth <= 1 && waiting > longestMarkup) {
      throw this.#syntaxError(`markup of more than ${longestMarkup} bytes`, scanner.position, false, true);
    }
  }

  #root(): void {
    const { encoding, rootName } = this.#scanner;
    if (encoding !== null && !/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) {
      throw this.#syntaxError(`the document is encoded as ${encoding}; it must be UTF-8`, 0);
    }
    this.#sink.root(rootName, Buffer.from(this.#taken()));
  }

  #record(): void {
    const { tape, names, defects } = this.#scanner;
    const raw = this.#taken();
    const found = defects.take();
    if (!isUtf8(raw)) found.push('bytes that are not UTF-8');
    this.#sink.record(new Element({ bytes: raw, tape: tape.take(), names }, 0), raw, found);
  }

  /** Its name is all that is kept of a record that is too long. */
  #passOver(): void {
    const { window, start, tape, names } = this.#scanner;
    const bytes = window.bytes.subarray(start);
    const record = new Element({ bytes, tape: tape.present(), names }, 0);
    const { name } = record;
    const lsid = record.attribute('lsid')?.trim() || null;
    this.#passed = { name, lsid, from: window.offset + start };
    this.#scanner.passOver();
  }

  #endPassing(): void {
    const { window, position, defects } = this.#scanner;
    defects.take();
    if (this.#passed === null) return;
    const { name, lsid, from } = this.#passed;
    this.#passed = null;
    this.#sink.tooLong(name, lsid, window.offset + position - from);
  }

  /** The bytes of what was found last. */
  #taken(): Buffer {
    const { window, start, position } = this.#scanner;
    return window.bytes.subarray(start, position);
  }

  #syntaxError(message: string, at: number, truncated = false, isInList = false): ReportSyntaxError {
    return new ReportSyntaxError(message, this.#scanner.window.offset + at, truncated, isInList);
  }
}
