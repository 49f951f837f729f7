import { textWidth, truncate } from './text.ts';

/** What there is to say of a transfer, in the order in which it is said; null where there is nothing. */
export interface ProgressParts {
  readonly phase: string | null;
  readonly items: string | null;
  readonly files: string | null;
  readonly bytes: string | null;
  /** Follows the bytes: ` of about 160.7 MB`. */
  readonly total: string | null;
  readonly rate: string | null;
  readonly timeLeft: string | null;
}

/** What matters least is given up first; how many files there are, and the time left, never. */
const givenUp = ['items', 'phase', 'total', 'rate', 'bytes'] as const;

/** Of the name nothing but this need stay. */
const shortestName = 4;

/** A line of at most `width` columns, as long as the parts that stay allow for it. */
export function progressLine(name: string, parts: ProgressParts, width: number): string {
  let kept = parts;
  for (const part of givenUp) {
    if (textWidth(`${name}: ${say(kept)}`) <= width) break;
    const without = { ...kept, [part]: null };
    if (say(without) !== '') kept = without;
  }
  const said = say(kept) || 'at work';
  return `${truncate(name, Math.max(shortestName, width - textWidth(said) - 2))}: ${said}`;
}

function say({ phase, items, files, bytes, total, rate, timeLeft }: ProgressParts): string {
  const amount = bytes === null ? null : `${bytes}${total ?? ''}`;
  return [phase, items, files, amount, rate, timeLeft].filter((part) => part !== null).join(', ');
}
