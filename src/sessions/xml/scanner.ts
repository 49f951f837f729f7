import { ByteSink } from './byte-sink.ts';
import { ByteWindow } from './byte-window.ts';
import {
  ampersand,
  blankClass,
  carriageReturn,
  closeBracket,
  content,
  exclamationMark,
  greaterThan,
  lessThan,
  nameClass,
  notable,
  questionMark,
  slash,
  textClass,
} from './bytes.ts';
import { Defects, defect } from './defects.ts';
import { incomplete, Malformed } from './malformed.ts';
import { Names } from './names.ts';
import { skipReference } from './references.ts';
import { appendCdata, appendText } from './resolve.ts';
import { SectionScanner } from './sections.ts';
import { StartTagScanner } from './start-tag.ts';
import { field, hasMarkup, hasReferences, hasText, TapeWriter } from './tape.ts';

/**
 * What the scanner comes to: the root's start tag, the end of a child of the root, of one that was passed over, the root's
 * end; or too few bytes.
 */
export type Found = 'root' | 'record' | 'passed' | 'end' | 'more';

const maxDepth = 256;
/** Of the root's own text, so much is kept. */
const rootTextLimit = 65_536;

/**
 * Scans a document as it comes, and writes the structure of each child of its root on the tape.
 *
 * As strict as XML 1.0 is about structure: tags that match, attributes that are quoted and unique, references that can
 * be read. Forgiving about characters that must not be there: they are reported as defects. What a document type
 * declares is never expanded. Markup that is not yet complete is scanned again when there is more of it.
 */
export class Scanner {
  readonly window = new ByteWindow();
  readonly tape = new TapeWriter();
  readonly defects = new Defects();
  names = new Names();
  /** Offset in the window before which everything has been scanned. */
  position = 0;
  /** Where the root's start tag, or the record that is being scanned, begins. */
  start = 0;
  /** How many elements are open. */
  depth = 0;
  hasRoot = false;
  rootName = '';
  readonly rootText = new ByteSink();
  encoding: string | null = null;
  readonly #startTags = new StartTagScanner(this.window, this.tape, this.defects);
  readonly #sections = new SectionScanner(this.window);
  /** Offset in the stream at which the document begins. */
  #begin = 0;
  #found: Found | null = null;
  #isRootEmpty = false;
  #hasDoctype = false;
  #textFlags = 0;
  /** The record that is being scanned is passed over: nothing of it is kept. */
  #isPassingOver = false;
  /** … and the section in it that has begun ends with this. */
  #sectionEnd: Buffer | null = null;
  /** Where the open elements are on the tape; the root is on none. */
  readonly #open = new Int32Array(maxDepth + 2);
  readonly #openNames: Buffer[] = [];

  add(chunk: Uint8Array): void {
    const needed = this.depth > 1 && !this.#isPassingOver ? this.start : this.position;
    const moved = this.window.add(chunk, needed);
    this.position -= moved;
    this.start -= moved;
    this.#startTags.moved(moved);
    this.#sections.moved(moved);
  }

  /** How many bytes of the record that is being scanned have come; 0 between records, and while one is passed over. */
  get recordLength(): number {
    return this.depth > 1 && !this.#isPassingOver ? this.window.until - this.start : 0;
  }

  /** Keeps nothing more of the record that is being scanned; `next` finds its end as `passed`. */
  passOver(): void {
    this.#isPassingOver = true;
  }

  /** Passes over bytes that come before the document. */
  skip(count: number): void {
    this.position += count;
    this.#begin = this.window.offset + this.position;
  }

  next(): Found {
    if (this.#isRootEmpty) return this.#endOfEmptyRoot();
    const { bytes, until } = this.window;
    this.#found = null;
    if (this.#sectionEnd !== null && !this.#passSection(this.#sectionEnd)) return 'more';
    while (this.#found === null) {
      const at = this.#text();
      if (at + 1 >= until || bytes[at] !== lessThan) return 'more';
      const end = this.#markup(at, bytes[at + 1] as number);
      if (end === incomplete) {
        if (this.#isPassingOver) this.#beginPassing(at);
        return 'more';
      }
      this.position = end;
    }
    return this.#found;
  }

  #endOfEmptyRoot(): Found {
    this.#isRootEmpty = false;
    return 'end';
  }

  /** Scans character data up to markup, or to what cannot be told yet, and returns where that is. */
  #text(): number {
    const { bytes, until } = this.window;
    const from = this.position;
    let at = from;
    let seen = 0;
    this.#textFlags = 0;
    for (;;) {
      let kind = textClass[bytes[at] as number] as number;
      while (kind < notable) {
        seen |= kind;
        at += 1;
        kind = textClass[bytes[at] as number] as number;
      }
      if (bytes[at] === lessThan || at >= until) break;
      const end = this.#notable(at);
      if (end === incomplete) break;
      at = end;
    }
    this.position = at;
    const flags = this.#textFlags | ((seen & content) === 0 ? 0 : hasText);
    if (flags !== 0) this.#note(flags, from, at);
    return at;
  }

  /** Goes past a byte of character data that is more than itself. */
  #notable(at: number): number {
    const { bytes, until } = this.window;
    switch (bytes[at]) {
      case ampersand:
        this.#textFlags |= hasText | hasReferences;
        return skipReference(bytes, at, until, this.defects);
      case carriageReturn:
        this.#textFlags |= hasReferences;
        return at + 1;
      case closeBracket:
        if (at + 2 >= until) return incomplete;
        if (bytes[at + 1] === closeBracket && bytes[at + 2] === greaterThan)
          this.defects.add(defect.sectionEnd);
        break;
      default:
        this.defects.add(defect.control);
    }
    this.#textFlags |= hasText;
    return at + 1;
  }

  /** Notes what the innermost open element holds. The root is not on the tape; its text is gathered. */
  #note(flags: number, from: number, to: number): void {
    if (this.depth > 1) {
      if (this.#isPassingOver) return;
      this.tape.addFlags(this.#open[this.depth - 1] as number, flags);
    } else if ((flags & hasText) !== 0) {
      if (this.depth === 0)
        throw new Malformed(this.hasRoot ? 'there is text outside of its root' : 'it begins with text', from);
      if (this.rootText.length > rootTextLimit) return;
      const append = (flags & hasMarkup) === 0 ? appendText : appendCdata;
      append(this.rootText, this.window.bytes, from, to);
    }
  }

  #markup(at: number, second: number): number {
    if (nameClass[second] === 2) return this.#startTag(at);
    if (second === slash) return this.#endTag(at);
    if (second === exclamationMark || second === questionMark) return this.#section(at);
    throw new Malformed('there is a "<" that begins no markup', at);
  }

  #startTag(at: number): number {
    const { depth } = this;
    if (depth > maxDepth) throw new Malformed(`its elements are nested deeper than ${maxDepth}`, at);
    if (depth <= 1) this.#beginAtTop(at);
    else if (this.#isPassingOver) this.tape.length = 0;
    const tag = this.#startTags;
    const end = tag.scan(at, this.names, this.start);
    if (end === incomplete) return incomplete;
    if (depth === 0) this.#rootFound(tag);
    if (tag.isEmpty) {
      if (depth > 0) this.#endElement(tag.element, end, end);
    } else {
      this.#open[depth] = tag.element;
      this.#openNames[depth] = this.names.encoded[tag.name] as Buffer;
      this.depth = depth + 1;
    }
    return end;
  }

  /** The root, and each of its children, has a tape of its own. */
  #beginAtTop(at: number): void {
    if (this.depth === 0 && this.hasRoot) throw new Malformed('it has more than one root', at);
    if (this.names.isCrowded) this.names = new Names();
    this.tape.length = 0;
    this.start = at;
  }

  #rootFound({ name, isEmpty }: StartTagScanner): void {
    this.hasRoot = true;
    this.rootName = this.names.texts[this.names.local[name] as number] as string;
    this.#isRootEmpty = isEmpty;
    this.#found = 'root';
  }

  #endTag(at: number): number {
    const { bytes } = this.window;
    const name = this.#openNames[this.depth - 1];
    if (this.depth === 0 || name === undefined)
      throw new Malformed('there is an end tag outside of its root', at);
    const nameEnd = at + 2 + name.length;
    for (let index = 0; index < name.length; index += 1) {
      if (name[index] !== bytes[at + 2 + index]) return this.#notThisEnd(at + 2 + index);
    }
    let last = nameEnd;
    while (blankClass[bytes[last] as number] === 1) last += 1;
    if (bytes[last] !== greaterThan) return this.#notThisEnd(last);
    this.depth -= 1;
    if (this.depth === 0) this.#found = 'end';
    else this.#endElement(this.#open[this.depth] as number, at, last + 1);
    return last + 1;
  }

  #notThisEnd(at: number): number {
    if (at >= this.window.until) return incomplete;
    throw new Malformed('there is an end tag where another one must be', at);
  }

  /** Writes down where an element ends, once the depth is again what it was before it. */
  #endElement(element: number, contentEnd: number, end: number): void {
    if (this.#isPassingOver) {
      if (this.depth > 1) return;
      this.#isPassingOver = false;
      this.tape.length = 0;
      this.#found = 'passed';
      return;
    }
    const { start, tape } = this;
    tape.set(element + field.contentEnd, contentEnd - start);
    tape.set(element + field.end, end - start);
    tape.set(element + field.next, tape.length);
    if (this.depth === 1) this.#found = 'record';
  }

  /** A section of a record that is passed over may be as long as it likes: what has come of it goes. */
  #beginPassing(at: number): void {
    const { searched, terminator } = this.#sections;
    if (searched <= at) return;
    this.#sectionEnd = terminator;
    this.position = searched;
    this.#sections.searched = 0;
  }

  /** Passes over what has come of a section; whether it has ended. */
  #passSection(terminator: Buffer): boolean {
    const { bytes, until } = this.window;
    const at = bytes.subarray(0, until).indexOf(terminator, this.position);
    this.position = at < 0 ? Math.max(this.position, until - terminator.length + 1) : at + terminator.length;
    if (at >= 0) this.#sectionEnd = null;
    return at >= 0;
  }

  #section(at: number): number {
    const section = this.#sections;
    const end = section.scan(at);
    if (end === incomplete) return incomplete;
    const { kind, from, to } = section;
    this.defects.look(this.window.bytes, from, to);
    if (kind === 'doctype') this.#doctypeFound(at);
    else if (kind === 'declaration') this.#declarationFound(at, end);
    else this.#note(kind === 'cdata' ? hasText | hasMarkup : hasMarkup, from, to);
    return end;
  }

  #doctypeFound(at: number): void {
    if (this.hasRoot || this.#hasDoctype)
      throw new Malformed('its document type is not at its beginning', at);
    this.#hasDoctype = true;
  }

  #declarationFound(at: number, end: number): void {
    if (at !== this.#begin - this.window.offset)
      throw new Malformed('its XML declaration is not at its beginning', at);
    const match = xmlDeclaration.exec(this.window.bytes.toString('latin1', at, end));
    if (match === null) throw new Malformed('its XML declaration is malformed', at);
    this.encoding = match[3] ?? null;
  }
}

const xmlDeclaration =
  /^<\?xml\s+version\s*=\s*(["'])1\.\d+\1(?:\s+encoding\s*=\s*(["'])([A-Za-z][\w.-]*)\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\4)?\s*\?>$/;
