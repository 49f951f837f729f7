import { createHash, type Hash } from 'node:crypto';
import type { Element } from './element.ts';

/**
 * SHA-256, hex, of what a record says. Left out is what may differ between two reports although nothing happened:
 * white space between elements, the order of attributes, namespaces and their prefixes, the notation of characters,
 * and links, which may be signed anew each time (`*_url` as element, as attribute, and as name of an event's value).
 */
export function contentHash(element: Element): string {
  const hash = createHash('sha256');
  const rest = feed(hash, element, '');
  return hash.update(rest, 'latin1').digest('hex');
}

/** Hashes in pieces of this size, so that a huge session needs no second copy of itself. */
const pieceLength = 65_536;

function feed(hash: Hash, element: Element, pending: string): string {
  let text = `${pending}\u0001${element.name}${canonicalAttributes(element.attributes)}`;
  for (const inner of element.children) {
    if (!isLink(inner)) text = feed(hash, inner, text);
  }
  const own = hasContent.test(element.text) ? element.text : '';
  text += `\u0002${element.children.length > 0 ? own.trim() : own}\u0003`;
  if (text.length < pieceLength) return text;
  hash.update(text, 'latin1');
  return '';
}

const hasContent = /[^ \t\r\n]/;

function isLink(element: Element): boolean {
  return element.name.endsWith('_url') || (element.attributes.name?.endsWith('_url') ?? false);
}

function canonicalAttributes(attributes: Readonly<Record<string, string>>): string {
  const names = Object.keys(attributes);
  if (names.length > 1) names.sort();
  let text = '';
  for (const name of names) {
    if (!name.startsWith('xmlns') && !name.endsWith('_url')) text += `\u0004${name}\u0005${attributes[name]}`;
  }
  return text;
}
