import type { StyleSpec } from './spec.ts';

type Attributes = Readonly<Record<string, string | number | null>>;

/** Writes indented XML the way the appliance's templates do. Null text or a null attribute is left out. */
export class XmlWriter {
  readonly #prefix: string;
  readonly #style: StyleSpec;
  readonly #parts: string[] = [];
  #depth: number;
  #turn = 0;

  constructor(style: StyleSpec, prefix: string, depth = 0) {
    this.#style = style;
    this.#prefix = prefix;
    this.#depth = depth;
  }

  open(name: string, attributes: Attributes = {}): void {
    this.#line(`<${this.#prefix}${name}${this.#attributes(attributes)}>`);
    this.#depth += 1;
  }

  close(name: string): void {
    this.#depth -= 1;
    this.#line(`</${this.#prefix}${name}>`);
  }

  /** An element with other elements in it. */
  within(name: string, attributes: Attributes, content: () => void): void {
    this.open(name, attributes);
    content();
    this.close(name);
  }

  /** An element with text, nothing for null. */
  text(name: string, text: string | null, attributes: Attributes = {}): void {
    if (text === null) return;
    const tag = this.#prefix + name;
    if (text === '') this.empty(name, attributes);
    else this.#line(`<${tag}${this.#attributes(attributes)}>${this.#escaped(text)}</${tag}>`);
  }

  empty(name: string, attributes: Attributes = {}): void {
    const tag = this.#prefix + name;
    const start = `<${tag}${this.#attributes(attributes)}`;
    this.#line(this.#style.empty === 'single' ? `${start} />` : `${start}></${tag}>`);
  }

  /** An element with nothing but white space in it, and some before the end of its tag. */
  blank(name: string, attributes: Attributes = {}): void {
    const tag = this.#prefix + name;
    this.#line(`<${tag}${this.#attributes(attributes)} >\n\n${tabs[this.#depth] ?? ''}</${tag}>`);
  }

  /** An empty element, always written as one tag. */
  single(name: string, attributes: Attributes = {}): void {
    this.#line(`<${this.#prefix}${name}${this.#attributes(attributes)} />`);
  }

  toString(): string {
    return this.#parts.join('');
  }

  #line(line: string): void {
    this.#parts.push(tabs[this.#depth] ?? '', line, '\n');
  }

  #attributes(attributes: Attributes): string {
    let all = '';
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null) all += ` ${name}="${typeof value === 'number' ? value : escapeAttribute(value)}"`;
    }
    return all;
  }

  #escaped(text: string): string {
    if (!special.test(text)) return text;
    const style = this.#style.text === 'mixed' ? this.#nextStyle() : this.#style.text;
    if (style === 'cdata' && !text.includes('\r'))
      return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
    const escaped = escapeText(text);
    return style === 'references' ? asReferences(escaped) : escaped;
  }

  #nextStyle(): 'entities' | 'cdata' | 'references' {
    this.#turn += 1;
    return (['entities', 'cdata', 'references'] as const)[this.#turn % 3] ?? 'entities';
  }
}

/** Text as element content. Characters that XML forbids are left as they are: the appliance does not know better. */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => entities[character] ?? character);
}

export function escapeAttribute(text: string): string {
  return needsAttributeEscape.test(text)
    ? text.replace(/[&<>"\r\n\t]/g, (character) => entities[character] ?? character)
    : text;
}

/** Whether the text holds control characters that XML 1.0 forbids. */
export function hasForbiddenCharacters(text: string): boolean {
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text);
}

/**
 * UTF-8, in which a lone surrogate U+DC80 to U+DCFF stands for the single byte 80 to FF: so a spec's text can hold
 * bytes that are no UTF-8.
 */
export function encode(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/(?<![\ud800-\udbff])([\udc80-\udcff])/);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 1 ? Buffer.from([part.charCodeAt(0) & 0xff]) : Buffer.from(part),
    ),
  );
}

const special = /[&<>\r]|[^\u0000-\u007f]/;
const needsAttributeEscape = /[&<>"\r\n\t]/;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};
const tabs = Array.from({ length: 16 }, (_, depth) => '\t'.repeat(depth));

function asReferences(text: string): string {
  return text.replace(/[^\u0000-\u007f]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return point >= 0xd800 && point <= 0xdfff ? character : `&#x${point.toString(16).toUpperCase()};`;
  });
}
