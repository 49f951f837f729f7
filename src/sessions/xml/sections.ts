import type { ByteWindow } from './byte-window.ts';
import { blankClass, exclamationMark, greaterThan, nameClass, questionMark } from './bytes.ts';
import { doctypeEnd } from './doctype.ts';
import { incomplete, Malformed } from './malformed.ts';

export type SectionKind = 'comment' | 'cdata' | 'doctype' | 'instruction' | 'declaration';

const openers: readonly { readonly kind: SectionKind; readonly opener: Buffer }[] = [
  { kind: 'cdata', opener: Buffer.from('<![CDATA[') },
  { kind: 'comment', opener: Buffer.from('<!--') },
  { kind: 'doctype', opener: Buffer.from('<!DOCTYPE') },
];
const twoHyphens = Buffer.from('--');
const cdataEnd = Buffer.from(']]>');
const instructionEnd = Buffer.from('?>');

/** Scans markup that is no tag. */
export class SectionScanner {
  readonly #window: ByteWindow;
  /** Of the section that was scanned last: what it is, and its content. */
  kind: SectionKind = 'comment';
  from = 0;
  to = 0;
  /** What ends the section that was incomplete. */
  terminator: Buffer = cdataEnd;
  /** Before this offset that does not stand: it is not searched again. */
  searched = 0;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** The offset after the section that begins with `<!` or `<?` at `at`, or `incomplete`. */
  scan(at: number): number {
    if (this.#window.bytes[at + 1] !== exclamationMark) return this.#instruction(at);
    for (const { kind, opener } of openers) {
      const present = this.#countOf(opener, at);
      if (at + present >= this.#window.until) return incomplete;
      if (present === opener.length) return this.#declared(kind, at + present);
    }
    throw new Malformed('there is a "<!" that begins no markup', at);
  }

  /** How many bytes of an opener stand here. */
  #countOf(opener: Buffer, at: number): number {
    const { bytes } = this.#window;
    let count = 0;
    while (count < opener.length && bytes[at + count] === opener[count]) count += 1;
    return count;
  }

  #declared(kind: SectionKind, from: number): number {
    const { bytes, until } = this.#window;
    this.kind = kind;
    this.from = from;
    if (kind === 'cdata') return this.#upTo(cdataEnd, from);
    if (kind === 'comment') return this.#comment(from);
    const end = doctypeEnd(bytes, from, until);
    this.to = end - 1;
    return end;
  }

  #comment(from: number): number {
    const { bytes, until } = this.#window;
    const end = this.#upTo(twoHyphens, from);
    if (end === incomplete || end >= until) return incomplete;
    if (bytes[end] !== greaterThan) throw new Malformed('there is a "--" inside a comment', end - 2);
    return end + 1;
  }

  #instruction(at: number): number {
    const { bytes, until } = this.#window;
    this.from = at + 2;
    let targetEnd = this.from;
    while (nameClass[bytes[targetEnd] as number] !== 0) targetEnd += 1;
    if (targetEnd >= until) return incomplete;
    const next = bytes[targetEnd] as number;
    if (nameClass[bytes[this.from] as number] !== 2 || (next !== questionMark && blankClass[next] !== 1))
      throw new Malformed('there is a "<?" that begins no processing instruction', at);
    const isDeclaration = /^xml$/i.test(bytes.toString('latin1', this.from, targetEnd));
    this.kind = isDeclaration ? 'declaration' : 'instruction';
    return this.#upTo(instructionEnd, targetEnd);
  }

  /** The window has moved down by so many bytes. */
  moved(by: number): void {
    this.searched = Math.max(0, this.searched - by);
  }

  /** The offset after the next terminator, before which the content ends. */
  #upTo(terminator: Buffer, from: number): number {
    const { bytes, until } = this.#window;
    // Behind the end of the bytes lies what is left over from others.
    const at = bytes.subarray(0, until).indexOf(terminator, Math.max(from, this.searched));
    if (at < 0) {
      this.terminator = terminator;
      this.searched = Math.max(from, until - terminator.length + 1);
      return incomplete;
    }
    this.searched = 0;
    this.to = at;
    return at + terminator.length;
  }
}
