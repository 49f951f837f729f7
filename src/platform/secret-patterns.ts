/** Something of a secret that must not stand in a text. */
export interface SecretPattern {
  /** Letters and digits that stand in every text that `pattern` finds: without them, there is no need to look. */
  readonly core: string;
  /** Finds it however it is escaped, everywhere. */
  readonly pattern: RegExp;
}

/** In forms, in XML and HTML, and in the strings of JSON. */
const namedForms: Readonly<Record<string, string>> = {
  ' ': '\\+',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\b': '\\\\b',
  '\t': '\\\\t',
  '\n': '\\\\n',
  '\f': '\\\\f',
  '\r': '\\\\r',
};

/** The text as it is, or with any of its characters but ASCII letters and digits escaped in one of the usual ways. */
export function escapedPattern(text: string): SecretPattern {
  return patternOf(text, Array.from(text, inAnyForm));
}

/** A part of base64, given in the alphabet of URLs, in either alphabet. */
export function base64Pattern(part: string): SecretPattern {
  const twins: Readonly<Record<string, string>> = { '-': '+', _: '/' };
  return patternOf(
    part,
    Array.from(part, (one) => `(?:${inAnyForm(one)}|${inAnyForm(twins[one] ?? one)})`),
  );
}

const [plus, slash, padding] = ['+', '/', '='].map(inAnyForm);

/** What base64 stands in, whole. */
export const base64Word = new RegExp(String.raw`(?:[\w-]|${plus}|${slash})+(?:${padding})*`, 'gu');

function patternOf(text: string, characters: readonly string[]): SecretPattern {
  const runs = text.split(/[^A-Za-z0-9]+/);
  const core = runs.reduce((longest, run) => (run.length > longest.length ? run : longest));
  return { core, pattern: new RegExp(characters.join(''), 'gu') };
}

/** The plain form comes last: found first, the `\` of a `\\` would leave the other one. */
function inAnyForm(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  const plain = `\\u{${point.toString(16)}}`;
  const bytes = [...Buffer.from(character)].map((byte) => `%${hexadecimal(byte, 2)}`);
  const units = character.split('').map((unit) => `\\\\u${hexadecimal(unit.charCodeAt(0), 4)}`);
  const named = namedForms[character];
  const entities = [`&#0*${point};`, `&#[xX]0*${hexadecimal(point, 1)};`];
  const forms = [bytes.join(''), units.join(''), ...entities, named, `\\\\${plain}`, plain];
  return `(?:${forms.filter((form) => form !== undefined).join('|')})`;
}

/** In any case: `[bB]7`. */
function hexadecimal(number: number, digits: number): string {
  const text = number.toString(16).padStart(digits, '0');
  return text.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
