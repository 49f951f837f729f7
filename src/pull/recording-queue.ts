import type { UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { Presentation, Session } from '../sessions/session.ts';
import type { ItemKey, OwedItem } from '../state/state.ts';
import type { Moment } from './context.ts';
import { gapOf } from './gaps.ts';
import type { Ledger } from './ledger.ts';
import { isDue, latest, oldestFirst } from './owed.ts';
import type { ExpectedRecording } from './recordings-of.ts';

/**
 * The recordings that a transfer owes: those of earlier runs, which the state remembers, and those that the reports of
 * this run have named. Links are secrets and often signed for a short time: they live here, and in no state.
 */
export class RecordingQueue {
  readonly #ledger: Ledger;
  readonly #kinds: ReadonlySet<Kind>;
  readonly #links = new Map<string, string>();
  /** What is owed and stands in no state: new in this run, or not remembered at all. */
  readonly #fresh = new Map<string, OwedItem>();

  constructor(ledger: Ledger, kinds: Iterable<Kind>) {
    this.#ledger = ledger;
    this.#kinds = new Set(kinds);
  }

  /** A report names a recording that the ledger does not have. */
  expect(
    item: ItemKey,
    record: Session | Presentation,
    recording: ExpectedRecording,
    now: UnixSeconds,
  ): void {
    const key = keyOf(item);
    if (recording.url !== null) this.#links.set(key, recording.url);
    if (this.#fresh.has(key) || this.#ledger.owedItem(item) !== null) return;
    const { lseq, type: sessionType, externalKey, startTime, endTime } = record;
    const owed: OwedItem = {
      ...item,
      since: now,
      attempts: 0,
      nextTry: now,
      status: 'new',
      reason: 'not downloaded yet',
      names: { lseq, sessionType, externalKey, startTime, endTime },
    };
    this.#fresh.set(key, owed);
    this.#ledger.owe(owed);
  }

  /** What is to be tried now, oldest first. */
  due(moment: Pick<Moment, 'now' | 'shown'>): readonly OwedItem[] {
    const remembered = this.#ledger
      .owed()
      .filter((item) => this.#kinds.has(item.kind) && isRecording(item.kind) && gapOf(item) === null);
    const all = new Map(remembered.map((item) => [keyOf(item), item]));
    for (const [key, item] of this.#fresh) all.set(key, item);
    return [...all.values()].filter((item) => isDue(item, latest(moment))).sort(oldestFirst);
  }

  link(item: ItemKey): string | null {
    return this.#links.get(keyOf(item)) ?? null;
  }

  /** A link that a later report gave for an item of an earlier run. */
  addLink(item: ItemKey, url: string): void {
    this.#links.set(keyOf(item), url);
  }
}

function isRecording(kind: Kind): boolean {
  return kind.endsWith('-recordings');
}

function keyOf(item: ItemKey): string {
  return `${item.kind} ${item.instance} ${item.lsid}`;
}
