import { type LoggedRequest, matches, type RequestMatch } from './request-log.ts';

/** Which requests something happens to: of those that match, after `skip` of them, `times` of them (default 1). */
export interface When extends RequestMatch {
  readonly skip?: number;
  readonly times?: number;
}

/** A rule that was put in place; `hits` tells a test that it took effect. */
export interface Rule {
  readonly hits: number;
  remove(): void;
}

interface Entry<Effect> {
  readonly effect: Effect;
  readonly when: When;
  seen: number;
  hits: number;
}

/** Effects, each with the requests it is meant for. */
export class Rules<Effect> {
  readonly #entries = new Set<Entry<Effect>>();

  add(effect: Effect, when: When = {}): Rule {
    const entry: Entry<Effect> = { effect, when, seen: 0, hits: 0 };
    this.#entries.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => this.#entries.delete(entry),
    };
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The effects on this request, each of which is thereby used once. */
  take(request: LoggedRequest): readonly Effect[] {
    return [...this.#entries].filter((entry) => use(entry, request)).map((entry) => entry.effect);
  }
}

function use(entry: Entry<unknown>, request: LoggedRequest): boolean {
  if (!matches(request, entry.when)) return false;
  entry.seen += 1;
  const { skip = 0, times = 1 } = entry.when;
  if (entry.seen <= skip || entry.hits >= times) return false;
  entry.hits += 1;
  return true;
}
