import type { ApplianceClock, Seconds } from './clock.ts';
import type { EventSpec } from './spec.ts';
import { anEvent } from './specimens.ts';

/** What the appliance needs to know of a record to decide whether a report shows it. */
export interface Outline {
  readonly lsid: string;
  readonly startTime: Seconds;
  readonly endTime: Seconds | null;
  readonly visibleFrom: Seconds | null;
}

/** A record that is made only when a report shows it: hundreds of thousands of them fit into memory. */
export interface LazyRecord<Spec> extends Outline {
  make(): Spec;
}

interface Record extends Outline {
  readonly events: readonly EventSpec[];
}

type Entry<Spec> = Outline & { readonly make: () => Spec };

/** The sessions, or the presentations, that the appliance holds. A change shows in the next report. */
export class Records<Spec extends Record, Draft = Spec> {
  readonly #entries = new Map<string, Entry<Spec>>();
  readonly #clock: ApplianceClock;
  readonly #complete: (draft: Draft) => Spec;

  constructor(clock: ApplianceClock, complete: (draft: Draft) => Spec) {
    this.#clock = clock;
    this.#complete = complete;
  }

  /** Adds one; what the draft leaves out is filled in. One with the same lsid is replaced. */
  add(draft: Draft): Spec {
    const spec = this.#complete(draft);
    this.#put(spec);
    return spec;
  }

  addAll(drafts: Iterable<Draft>): readonly Spec[] {
    return Array.from(drafts, (draft) => this.add(draft));
  }

  addLazy(records: Iterable<LazyRecord<Spec>>): void {
    for (const record of records) this.#entries.set(record.lsid, record);
  }

  /** Ends a session, at `at` or now. */
  close(lsid: string, at: Seconds = this.#clock.seconds()): Spec {
    const spec = this.get(lsid);
    const before = spec.events.filter((event) => event.type !== 'Session End');
    return this.#put({
      ...spec,
      endTime: at,
      events: [...before, anEvent({ time: at, type: 'Session End' })],
    });
  }

  /** Changes what is known of a session. */
  edit(lsid: string, change: Partial<Spec> | ((spec: Spec) => Spec)): Spec {
    const spec = this.get(lsid);
    return this.#put(typeof change === 'function' ? change(spec) : { ...spec, ...change });
  }

  remove(lsid: string): void {
    this.#entries.delete(lsid);
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }

  has(lsid: string): boolean {
    return this.#entries.has(lsid);
  }

  get(lsid: string): Spec {
    const entry = this.#entries.get(lsid);
    if (!entry) throw new Error(`The appliance has no session ${lsid}.`);
    return entry.make();
  }

  all(): readonly Spec[] {
    return Array.from(this.#entries.values(), (entry) => entry.make());
  }

  /** Those that have begun and not ended by the appliance's time. */
  open(): readonly Spec[] {
    const now = this.#clock.seconds();
    return this.all().filter((spec) => spec.startTime <= now && !hasEnded(spec, now));
  }

  /** Those that have ended by the appliance's time. */
  closed(): readonly Spec[] {
    const now = this.#clock.seconds();
    return this.all().filter((spec) => hasEnded(spec, now));
  }

  /** Everything as outlines, in the order of addition, without making any. */
  outlines(): Iterable<Entry<Spec>> {
    return this.#entries.values();
  }

  outline(lsid: string): Entry<Spec> | undefined {
    return this.#entries.get(lsid);
  }

  #put(spec: Spec): Spec {
    const { lsid, startTime, endTime, visibleFrom } = spec;
    this.#entries.set(lsid, { lsid, startTime, endTime, visibleFrom, make: () => spec });
    return spec;
  }
}

export function hasEnded(record: Outline, at: Seconds): boolean {
  return record.endTime !== null && record.endTime <= at;
}
