/**
 * An element of a record, by its local name. Texts are "byte strings": every character is one byte of UTF-8, so that
 * positions are byte offsets and nothing is decoded that nobody reads. `decode` makes text of them.
 */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  /** All character data directly inside, CDATA and references resolved. */
  text: string;
}

const beyondAscii = /[\x80-\xff]/;

/** A byte string as text. Broken UTF-8 becomes U+FFFD. */
export function decode(bytes: string): string {
  return beyondAscii.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** `r:session` → `session`. */
export function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

export function child(element: Element, name: string): Element | undefined {
  for (const candidate of element.children) {
    if (candidate.name === name) return candidate;
  }
  return undefined;
}

const none: readonly Element[] = [];

/** The children called `name` of each child called `list`: `customer_list` → every `customer`. */
export function listed(element: Element, list: string, name: string): readonly Element[] {
  let items: Element[] | undefined;
  for (const candidate of element.children) {
    if (candidate.name !== list) continue;
    for (const item of candidate.children) {
      if (item.name !== name) continue;
      items ??= [];
      items.push(item);
    }
  }
  return items ?? none;
}

/** The element's text without surrounding white space; null when it is missing or empty. */
export function textOf(element: Element | undefined): string | null {
  if (element === undefined) return null;
  const text = decode(element.text).trim();
  return text === '' ? null : text;
}

export function childText(element: Element, name: string): string | null {
  return textOf(child(element, name));
}

/** An attribute's value; null when it is missing or empty. */
export function attribute(element: Element | undefined, name: string): string | null {
  const value = element?.attributes[name];
  return value === undefined || value === '' ? null : decode(value);
}
