import { gated } from '../text.ts';

/** Markup that is safe to put into a page. Made only by `html` and `join`. */
export interface Markup {
  readonly markup: string;
}

/** A template whose values are data: they are escaped, unless they are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Markup)[]): Markup {
  const text = parts.map((part, index) => `${part}${render(values[index])}`).join('');
  return { markup: text };
}

export function join(items: readonly Markup[]): Markup {
  return { markup: items.map((item) => item.markup).join('') };
}

function render(value: string | number | Markup | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'object') return value.markup;
  return escapeText(String(value));
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return gated(text, false).replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '');
}
