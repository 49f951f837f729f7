/** One `keyword=value` of a connection string. `keyword` as written, without surrounding blanks. */
export interface Pair {
  readonly keyword: string;
  /** Null when it begins with a quote that is not closed, or goes on after it: the rest may belong to it. */
  readonly value: string | null;
}

/**
 * The pairs of an ADO connection string. A value that holds `;` stands in single or double quotes (or ODBC's braces),
 * in which the closing sign is doubled; `=` is doubled in a keyword. What is no pair comes as text.
 */
export function* readPairs(text: string): Generator<Pair | string> {
  let rest = text;
  while (rest.trim().replace(/^;+/, '') !== '') {
    const match = pairPattern.exec(rest) ?? restPattern.exec(rest);
    if (match === null) return;
    rest = rest.slice(match[0].length);
    const { keyword, double, single, braced, bare, junk } = match.groups ?? {};
    if (junk !== undefined) {
      if (junk.trim() !== '') yield junk.trim();
      continue;
    }
    if (bare !== undefined && /^["']/.test(bare)) {
      yield { keyword: nameOf(keyword), value: null };
      return;
    }
    const value =
      double?.replaceAll('""', '"') ??
      single?.replaceAll("''", "'") ??
      braced?.replaceAll('}}', '}') ??
      (bare ?? '').trim();
    yield { keyword: nameOf(keyword), value };
  }
}

function nameOf(keyword: string | undefined): string {
  return (keyword ?? '').replaceAll('==', '=').trim();
}

const keyword = /(?<keyword>(?:[^=;]|==)+)/.source;
const quoted = /"(?<double>(?:[^"]|"")*)"|'(?<single>(?:[^']|'')*)'|\{(?<braced>(?:[^}]|\}\})*)\}/.source;
const pairPattern = new RegExp(`^[;\\s]*${keyword}=\\s*(?:(?:${quoted})\\s*(?=;|$)|(?<bare>[^;]*))(?:;|$)`);
const restPattern = /^(?<junk>[^;]*)(?:;|$)/;
