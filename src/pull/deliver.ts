import { type Outcome, pairOutcomes, type RecordDelivery } from '../destinations/destination.ts';
import type { IcError } from '../platform/errors.ts';
import { keepHeapSmall } from '../platform/heap.ts';
import type { ReportRecord } from '../sessions/parse.ts';
import type { ItemKey, OwedItem } from '../state/state.ts';
import { expectEnd } from './abandoned.ts';
import { namesOf, type PullContext } from './context.ts';
import type { Ledger } from './ledger.ts';
import { retryLater } from './owed.ts';

/** What delivering needs of a run; a replay has no more. */
export type DeliveryContext = Pick<
  PullContext,
  'transfer' | 'site' | 'destination' | 'ledger' | 'tally' | 'logger' | 'signal' | 'dryRun'
>;

/**
 * Hands records to the destination in batches and writes into the ledger what it has confirmed: acknowledge first,
 * advance later. Holds at most one batch.
 */
export class RecordDeliverer {
  readonly #context: DeliveryContext;
  readonly #now: number;
  #batch: RecordDelivery[] = [];
  #bytes = 0;

  constructor(context: DeliveryContext, now: number) {
    this.#context = context;
    this.#now = now;
  }

  async add(record: ReportRecord): Promise<void> {
    const delivery = toDelivery(this.#context, record);
    this.#batch.push(delivery);
    this.#bytes += delivery.raw.length;
    const { items, bytes } = this.#context.destination.capabilities.batch;
    if (this.#batch.length >= items || this.#bytes >= bytes) await this.flush();
  }

  /** Delivers what has gathered; afterwards all of it stands in the ledger, as delivered or as owed. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0) return;
    keepHeapSmall();
    this.#batch = [];
    this.#bytes = 0;
    const { destination, transfer, signal, dryRun } = this.#context;
    const outcomes = dryRun ? await this.#expect(batch) : await destination.deliver(batch, signal);
    for (const [delivery, outcome] of pairOutcomes(batch, outcomes, transfer.destination))
      this.#settle(delivery, outcome);
    await this.#context.ledger.flushIfLate();
  }

  /** What a delivery would come to, by what the destination says that it holds. */
  async #expect(batch: readonly RecordDelivery[]): Promise<readonly Outcome[]> {
    const { destination, signal } = this.#context;
    const expected = new Map<RecordDelivery, Outcome>();
    for (const [kind, deliveries] of Map.groupBy(batch, (delivery) => delivery.kind)) {
      const keys = deliveries.map(({ names }) => ({ lsid: names.lsid ?? '', instance: null }));
      const held = await destination.held(kind, keys, signal);
      for (const [index, delivery] of deliveries.entries()) {
        const hash = held[index]?.contentHash;
        const status = hash === undefined ? 'stored' : delivery.hasContent(hash) ? 'unchanged' : 'updated';
        const bytes = status === 'unchanged' ? 0 : delivery.raw.length;
        expected.set(delivery, { status, bytes, location: null, error: null, warnings: [] });
      }
    }
    return batch.map((delivery) => expected.get(delivery) as Outcome);
  }

  #settle(delivery: RecordDelivery, outcome: Outcome): void {
    const { ledger, tally, logger } = this.#context;
    const item: ItemKey = { kind: delivery.kind, lsid: delivery.names.lsid ?? '', instance: 0 };
    tally.outcome(delivery.kind, outcome);
    for (const warning of outcome.warnings) logger.warn(warning);
    if (outcome.status === 'refused') {
      this.#owe(item, delivery, outcome.error);
      return;
    }
    const { endTime, startTime } = delivery.names;
    ledger.delivered(item, {
      hash: delivery.contentHash,
      time: endTime ?? startTime ?? this.#now,
      bytes: outcome.bytes,
      counts: outcome.status === 'stored' || outcome.status === 'updated',
    });
    if (endTime === null) expectEnd(this.#context, this.#now, delivery.kind, { ...item, startTime });
    else ledger.closed(delivery.kind, item.lsid);
    logger.debug(`${delivery.kind} ${item.lsid}: ${outcome.status}`, { location: outcome.location });
  }

  #owe(item: ItemKey, delivery: RecordDelivery, error: IcError | null): void {
    const reason = error?.message ?? 'the destination refused it';
    const { ledger, logger } = this.#context;
    ledger.owe(refusedRecord(ledger, item, this.#now, reason, delivery.names));
    const remedy = error?.hint ? ` ${error.hint}` : '';
    logger.error(`Session ${item.lsid} was refused by the destination: ${endedWithPeriod(reason)}${remedy}`, {
      lsid: item.lsid,
    });
  }
}

/** A record that could not be stored, owed once more. */
export function refusedRecord(
  ledger: Pick<Ledger, 'owedItem'>,
  item: ItemKey,
  now: number,
  reason: string,
  names: OwedItem['names'] = nothingKnown,
): OwedItem {
  const { lseq, sessionType, externalKey, startTime, endTime } = names;
  const owed = ledger.owedItem(item) ?? {
    ...item,
    since: now,
    attempts: 0,
    nextTry: now,
    status: 'new' as const,
    reason: '',
    names: { lseq, sessionType, externalKey, startTime, endTime },
  };
  return retryLater(owed, now, { status: 'refused', reason });
}

const nothingKnown: OwedItem['names'] = {
  lseq: null,
  sessionType: null,
  externalKey: null,
  startTime: null,
  endTime: null,
};

function endedWithPeriod(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

function toDelivery(context: DeliveryContext, record: ReportRecord): RecordDelivery {
  const { kind, record: model, raw } = record;
  const base = {
    names: namesOf(context.site, model),
    contentHash: record.contentHash,
    hasContent: (hash: string) => record.hasContent(hash),
    raw,
    document: () => record.document(),
  };
  return { ...base, kind, record: model } as RecordDelivery;
}
