import type { Clock, UnixSeconds } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import { neverToBeHad } from '../state/hash.ts';
import type {
  AbandonedSession,
  GivenUp,
  ItemKey,
  KindProgress,
  OpenSession,
  OwedItem,
  Place,
  SiteClock,
  State,
  StateChange,
} from '../state/state.ts';

/** Changes that tell how far a transfer has come, and nothing of what it has delivered or owes. */
const progressOnly: ReadonlySet<StateChange['type']> = new Set([
  'since',
  'extend',
  'watermark',
  'set-back',
  'sweep',
  'prune',
  'site-clock',
]);

/** How often a long slice makes durable what it has delivered so far. */
const flushEveryMs = 5_000;

/**
 * One transfer's view of the state during a run. Changes gather here and become durable together, in order, by
 * `flush`; what has gathered is seen by the reads already. Without a state (an ad-hoc transfer) nothing is remembered;
 * with `readOnly` (a dry run) nothing is written.
 */
export class Ledger {
  readonly #state: State | null;
  #transfer: string;
  readonly #readOnly: boolean;
  readonly #clock: Clock;
  readonly #hashes = new Map<string, string>();
  #pending: StateChange[] = [];
  #placeOf: (kind: Kind) => Place | null = () => null;
  #followed: readonly Kind[] = [];
  readonly #places = new Map<Kind, Place>();
  readonly #assumed = new Map<Kind, KindProgress>();
  #flushedAt: number;

  constructor(options: {
    readonly state: State | null;
    readonly transfer: string;
    readonly readOnly: boolean;
    readonly clock: Clock;
  }) {
    this.#state = options.state;
    this.#transfer = options.transfer;
    this.#readOnly = options.readOnly;
    this.#clock = options.clock;
    this.#flushedAt = options.clock.monotonic();
  }

  get remembers(): boolean {
    return this.#state !== null && !this.#readOnly;
  }

  kind(kind: Kind): KindProgress | null {
    return this.#assumed.get(kind) ?? this.#state?.kind(this.#transfer, kind) ?? null;
  }

  /** For a dry run, which can note nothing: how far a kind has come by the destination's own records. */
  assume(kind: Kind, progress: KindProgress): void {
    this.#assumed.set(kind, progress);
  }

  hashOf(item: ItemKey): string | null {
    return this.#hashes.get(keyOf(item)) ?? this.#state?.delivered(this.#transfer, item) ?? null;
  }

  openSessions(kind: Kind): readonly OpenSession[] {
    return this.#state?.openSessions(this.#transfer, kind) ?? [];
  }

  /** Sessions that were delivered without an end, and may still get one. */
  abandoned(kind: Kind): readonly AbandonedSession[] {
    return this.#state?.abandoned(this.#transfer, kind) ?? [];
  }

  isAbandoned(kind: Kind, lsid: string): boolean {
    return this.#state?.isAbandoned(this.#transfer, kind, lsid) ?? false;
  }

  givenUp(): readonly GivenUp[] {
    return this.#state?.givenUp(this.#transfer) ?? [];
  }

  siteClock(site: string): SiteClock | null {
    return this.#state?.siteClock(site) ?? null;
  }

  owed(kind?: Kind): readonly OwedItem[] {
    return this.#state?.owed(this.#transfer, kind) ?? [];
  }

  owedItem(item: ItemKey): OwedItem | null {
    return this.#state?.owedItem(this.#transfer, item) ?? null;
  }

  delivered(
    item: ItemKey,
    what: {
      readonly hash: string;
      readonly time: UnixSeconds;
      readonly bytes: number;
      readonly counts: boolean;
    },
  ): void {
    this.#hashes.set(keyOf(item), what.hash);
    this.#add({ type: 'delivered', transfer: this.#transfer, item, ...what });
    this.settled(item);
  }

  /** It will never be had: expired, or given up. */
  unobtainable(item: ItemKey, time: UnixSeconds): void {
    this.#hashes.set(keyOf(item), neverToBeHad);
    this.#add({ type: 'unobtainable', transfer: this.#transfer, item, time });
    this.settled(item);
  }

  /** Before anything else of a transfer that may be new. */
  begin(site: string, destination: string, host?: string): void {
    const ends = { site, destination, ...(host !== undefined && { host }) };
    this.#add({ type: 'begin', transfer: this.#transfer, ...ends });
  }

  /** From now on each flush remembers where the destination's records end. */
  follow(placeOf: (kind: Kind) => Place | null, kinds: readonly Kind[]): void {
    this.#placeOf = placeOf;
    this.#followed = kinds;
  }

  /** Reads what is known of a transfer that has another name by now; a dry run renames nothing. */
  readAs(transfer: string): void {
    this.#transfer = transfer;
  }

  /** The destination keeps its records under the present names. */
  recorded(): void {
    this.#add({ type: 'recorded', transfer: this.#transfer });
  }

  leaveOut(kind: Kind, leftOut: boolean): void {
    this.#add({ type: 'left-out', transfer: this.#transfer, kind, leftOut });
  }

  /** The kind is read again from there, since the transfer reaches further back than it did. */
  extend(kind: Kind, since: UnixSeconds): void {
    this.#add({ type: 'extend', transfer: this.#transfer, kind, since });
  }

  /** Where the first window of the kind begins. */
  begins(kind: Kind, since: UnixSeconds): void {
    this.#add({ type: 'since', transfer: this.#transfer, kind, since });
  }

  advance(kind: Kind, watermark: UnixSeconds): void {
    this.#add({ type: 'watermark', transfer: this.#transfer, kind, watermark });
  }

  /** The appliance's clock was: windows go on from there. */
  setBack(kind: Kind, reached: UnixSeconds): void {
    this.#add({ type: 'set-back', transfer: this.#transfer, kind, reached });
  }

  sweepReached(kind: Kind, position: UnixSeconds): void {
    this.#add({ type: 'sweep', transfer: this.#transfer, kind, position });
  }

  swept(kind: Kind, at: UnixSeconds): void {
    this.#add({ type: 'sweep', transfer: this.#transfer, kind, position: null, completedAt: at });
  }

  remember(kind: Kind, session: OpenSession): void {
    this.#add({ type: 'open', transfer: this.#transfer, kind, session });
  }

  closed(kind: Kind, lsid: string): void {
    this.#add({ type: 'closed', transfer: this.#transfer, kind, lsid });
  }

  owe(item: OwedItem): void {
    this.#add({ type: 'owe', transfer: this.#transfer, item: { machineSince: this.#machineNow(), ...item } });
  }

  /** It was given up, wrongly. */
  oweAgain(item: OwedItem): void {
    this.#hashes.delete(keyOf(item));
    this.#add({ type: 'owe-again', transfer: this.#transfer, item });
  }

  /** It is asked for no more, from `at` on. */
  giveUp(item: OwedItem, at: UnixSeconds): void {
    const givenUp = { item, at, machineAt: this.#machineNow() };
    this.#add({ type: 'given-up', transfer: this.#transfer, givenUp });
  }

  givenUpForGood(item: ItemKey): void {
    this.#add({ type: 'given-up-for-good', transfer: this.#transfer, item });
  }

  /** A session was delivered, or asked for once more, without an end. */
  abandon(kind: Kind, session: Omit<AbandonedSession, 'machineSince'>): void {
    const entry = { machineSince: this.#machineNow(), ...session };
    this.#add({ type: 'abandoned', transfer: this.#transfer, kind, session: entry });
  }

  forgetAbandoned(kind: Kind, lsid: string): void {
    this.#add({ type: 'forgotten', transfer: this.#transfer, kind, lsid });
  }

  sawTime(site: string, reading: SiteClock): void {
    this.#add({ type: 'site-clock', site, reading });
  }

  settled(item: ItemKey): void {
    this.#add({ type: 'settled', transfer: this.#transfer, item });
  }

  prune(kind: Kind, before: UnixSeconds): void {
    this.#add({ type: 'prune', transfer: this.#transfer, kind, before });
  }

  /** Makes what has gathered durable. After it, reads answer from the state itself. */
  async flush(): Promise<void> {
    if (this.#pending.length > 0) this.#notePlaces();
    const changes = this.#pending;
    this.#pending = [];
    this.#flushedAt = this.#clock.monotonic();
    if (changes.length > 0) await this.#state?.commit(changes);
    if (this.remembers) this.#hashes.clear();
  }

  /** Makes what has gathered durable, unless it says nothing of any item: that can wait for what follows. */
  async flushItems(): Promise<void> {
    if (this.#pending.some((change) => !progressOnly.has(change.type))) await this.flush();
  }

  async flushIfLate(): Promise<void> {
    if (this.#clock.monotonic() - this.#flushedAt >= flushEveryMs) await this.flush();
  }

  /** Forgets what has gathered. */
  drop(): void {
    this.#pending = [];
    this.#places.clear();
    this.#hashes.clear();
  }

  /** Makes what has gathered durable together with changes of the caller's. */
  async flushWith(changes: readonly StateChange[]): Promise<void> {
    for (const change of changes) this.#add(change);
    await this.flush();
  }

  #machineNow(): UnixSeconds {
    return Math.floor(this.#clock.now() / 1000);
  }

  #notePlaces(): void {
    for (const kind of this.#followed) {
      const place = this.#placeOf(kind);
      const before = this.#places.get(kind);
      if (place === null || (place.id === before?.id && place.sequence === before.sequence)) continue;
      const { id, sequence, hash } = place;
      this.#places.set(kind, { id, sequence, hash });
      this.#add({ type: 'place', transfer: this.#transfer, kind, place: { id, sequence, hash } });
    }
  }

  #add(change: StateChange): void {
    if (this.remembers) this.#pending.push(change);
  }
}

function keyOf(item: ItemKey): string {
  return `${item.kind} ${item.instance} ${item.lsid}`;
}
