import { SaxesParser, type SaxesTagPlain } from 'saxes';

/**
 * An element of a small document that is read whole: an answer of the command API, an `<error>` in place of something
 * else. By local names, since there are several namespaces, or none.
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  /** The character data directly inside. */
  text: string;
}

/** The root; null for anything that is not well-formed XML. */
export function readXml(document: string): XmlElement | null {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  const path: XmlElement[] = [];
  let root: XmlElement | null = null;
  parser.on('opentag', (tag) => {
    const element = toElement(tag);
    path.at(-1)?.children.push(element);
    root ??= element;
    path.push(element);
  });
  parser.on('closetag', () => path.pop());
  const onText = (text: string): void => {
    const element = path.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  try {
    parser.write(document.replace(/^\ufeff/, '')).close();
  } catch {
    return null;
  }
  return root;
}

function toElement({ name, attributes }: SaxesTagPlain): XmlElement {
  return { name: name.replace(/^.*:/, ''), attributes, children: [], text: '' };
}

/** The text of an `<error>`, as the root or directly below it; null when there is none. */
export function errorTextOf(root: XmlElement): string | null {
  return root.name === 'error' ? root.text.trim() : childText(root, 'error');
}

/** The text of the first child of that name; null when there is none. */
export function childText(parent: XmlElement, name: string): string | null {
  return parent.children.find((child) => child.name === name)?.text.trim() ?? null;
}
