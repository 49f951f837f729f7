/**
 * The known name that was probably meant, or null when none is close: one that needs few changed, added, dropped or
 * swapped letters, or one that holds the word, or is held by it.
 */
export function nearest(word: string, known: Iterable<string>): string | null {
  const sought = word.toLowerCase();
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of known) {
    const distance = likeness(sought, name.toLowerCase());
    if (distance <= tolerance(sought) && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name ?? null;
}

function tolerance(word: string): number {
  return word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
}

function likeness(sought: string, name: string): number {
  const distance = editDistance(sought, name);
  const related =
    Math.min(sought.length, name.length) >= 4 && (name.includes(sought) || sought.includes(name));
  return related ? Math.min(distance, tolerance(sought)) : distance;
}

/** Levenshtein's distance, where two neighbours that changed places count as one step. */
export function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const steps = [
        at(current, column - 1) + 1,
        at(last, column) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      ];
      current.push(Math.min(...steps));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
