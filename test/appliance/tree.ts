import { SaxesParser } from 'saxes';

/** An element of a parsed document, by its local name. */
export interface Node {
  readonly name: string;
  readonly uri: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Node[];
  readonly text: string;
}

interface Growing extends Node {
  readonly children: Growing[];
  text: string;
}

/** Parses a whole document; throws when it is not well-formed. */
export function parseTree(document: string): Node {
  const top: Growing = { name: '', uri: '', attributes: {}, children: [], text: '' };
  const stack = [top];
  const parser = new SaxesParser({ xmlns: true });
  const addText = (text: string): void => {
    const current = stack.at(-1);
    if (current) current.text += text;
  };
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    const values = Object.entries(attributes).map(([name, { value }]) => [name, value] as const);
    const node: Growing = {
      name: local,
      uri,
      attributes: Object.fromEntries(values),
      children: [],
      text: '',
    };
    stack.at(-1)?.children.push(node);
    stack.push(node);
  });
  parser.on('closetag', () => void stack.pop());
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(document).close();
  const [root] = top.children;
  if (!root) throw new Error('The document has no root.');
  return root;
}

export function child(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  return path.reduce<Node | undefined>((at, name) => at?.children.find((next) => next.name === name), node);
}

export function childrenOf(node: Node | undefined, name: string): readonly Node[] {
  return node?.children.filter((next) => next.name === name) ?? [];
}

/** Every element path and `path@attribute` below a node, itself not named. */
export function pathsOf(node: Node, path = '', found: Set<string> = new Set()): ReadonlySet<string> {
  for (const next of node.children) {
    const here = path === '' ? next.name : `${path}/${next.name}`;
    found.add(here);
    for (const attribute of Object.keys(next.attributes)) found.add(`${here}@${attribute}`);
    pathsOf(next, here, found);
  }
  return found;
}
