/**
 * Control characters, line separators and what reverses text. A session's data may hold any of them; in a log or on
 * a terminal they would forge lines, move the cursor or hide what is there.
 */
const unprintable = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** What has one column in every terminal: nearly all text, told without looking at each character. */
const plain = /^[\x20-\x7e\u00a1-\u02ff\u0370-\u052f\u2010-\u2027]*$/;

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;

const invisible = /^[\p{M}\p{Cf}\u200b]+$/u;

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line and harmless to look at: `\n`, `\u001b` and the like in place of the characters. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(unprintable, (character) => shortEscapes[character] ?? escaped(character));
}

/** JSON on one line whose strings are harmless to look at too, and still the same strings. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(unprintable, escaped);
}

/** The same, and our own colours: what `gated` looks at. */
const colorOrUnprintable = new RegExp(`\\u001b\\[\\d{1,2}m|${unprintable.source}`, 'gu');

/**
 * What may leave the process: lines with tabs in them, and colours where the stream shows any. Every other control
 * character is written out, in the way of JSON, so that a document stays the same document. Data that must not make lines
 * of its own goes through `printable` first.
 */
export function gated(text: string, keepsColor: boolean): string {
  return text.replace(colorOrUnprintable, (found, offset: number) => {
    if (found === '\n' || found === '\t') return found;
    if (found === '\r' && text[offset + 1] === '\n') return found;
    if (found.length > 1 && keepsColor) return found;
    return escaped(found) + found.slice(1);
  });
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** How many columns of a terminal the text takes. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemes(text)) width += graphemeWidth(grapheme);
  return width;
}

/** As much of the text as fits into `width` columns, with `…` in place of the rest. */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme);
    if (used > width) break;
    kept += grapheme;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** Lines of at most `width` columns, broken between words; a longer word, such as an address, stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  if (textWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** Making a segmenter takes longer than starting does: it is made when a text first needs one. */
let segmenter: Intl.Segmenter | null = null;

function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter();
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}
