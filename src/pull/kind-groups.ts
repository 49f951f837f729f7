import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';

/** A kind of a report, and where it goes on; null where it begins. */
export interface KindPlace {
  readonly kind: Kind;
  readonly place: UnixSeconds | null;
}

export interface KindGroup {
  readonly kinds: readonly Kind[];
  /** The earliest of its kinds' places. */
  readonly from: UnixSeconds | null;
}

/** Places this near to each other, in seconds, are not worth a pass of their own. */
const near = 3600;

/** The kinds that one pass over the report can serve together, those that are furthest behind first. */
export function groupsByPlace(places: readonly KindPlace[]): readonly KindGroup[] {
  const sorted = places.toSorted((a, b) => (a.place ?? -1) - (b.place ?? -1));
  const groups: { kinds: Kind[]; from: UnixSeconds | null }[] = [];
  let before: UnixSeconds | null = null;
  for (const { kind, place } of sorted) {
    const last = groups.at(-1);
    if (last !== undefined && areNear(before, place)) last.kinds.push(kind);
    else groups.push({ kinds: [kind], from: place });
    before = place;
  }
  return groups;
}

function areNear(a: UnixSeconds | null, b: UnixSeconds | null): boolean {
  return a === null || b === null ? a === b : b - a <= near;
}
