import { IcError } from '../../platform/errors.ts';
import { type Delivery, isRecord, type Outcome } from '../destination.ts';
import { nonsense } from './fault.ts';
import type { Exchange } from './plugin.ts';
import type { Committed, ItemResult, PluginMessage, Refused } from './protocol.ts';
import { commitLine, itemLine } from './write-message.ts';

/**
 * A batch as an exchange with a plugin: its items, numbered from `firstItem`, then `commit`; `committed` comes back, with
 * refusals before it. Nothing counts as delivered until then.
 */
export class Batch implements Exchange<readonly Outcome[]> {
  readonly before: string;
  readonly #number: number;
  readonly #firstItem: number;
  readonly #deliveries: readonly Delivery[];
  readonly #refusals = new Map<number, Outcome>();
  #asked = false;

  constructor(number: number, firstItem: number, deliveries: readonly Delivery[]) {
    this.before = `before it confirmed batch ${number}`;
    this.#number = number;
    this.#firstItem = firstItem;
    this.#deliveries = deliveries;
  }

  get pieces(): Iterable<string> {
    return this.#write();
  }

  take(message: PluginMessage): readonly Outcome[] | null {
    if (message.type === 'refused') this.#refuse(message);
    else if (message.type === 'committed') return this.#settle(message);
    else throw nonsense(`wrote a ${message.type} ${this.before}`);
    return null;
  }

  *#write(): Generator<string> {
    for (const [index, delivery] of this.#deliveries.entries()) {
      yield* itemLine(this.#firstItem + index, delivery);
    }
    this.#asked = true;
    yield commitLine(this.#number);
  }

  #refuse({ item, reason }: Refused): void {
    if (this.#refusals.has(item)) throw nonsense(`refused item ${item} twice`);
    this.#refusals.set(item, refused(this.#deliveryOf(item), reason));
  }

  #settle({ batch, items }: Committed): readonly Outcome[] {
    if (batch !== this.#number)
      throw nonsense(`confirmed batch ${batch} when batch ${this.#number} was at hand`);
    if (!this.#asked) throw nonsense(`confirmed batch ${batch} before it was asked to`);
    const results = new Map<number, ItemResult>();
    for (const result of items) {
      this.#deliveryOf(result.item);
      if (this.#refusals.has(result.item)) throw nonsense(`both refused and confirmed item ${result.item}`);
      results.set(result.item, result);
    }
    return this.#deliveries.map((delivery, index) => {
      const item = this.#firstItem + index;
      return this.#refusals.get(item) ?? confirmed(delivery, results.get(item));
    });
  }

  #deliveryOf(item: number): Delivery {
    const delivery = this.#deliveries[item - this.#firstItem];
    if (delivery === undefined)
      throw nonsense(`spoke of item ${item}, which is not in batch ${this.#number}`);
    return delivery;
  }
}

function confirmed(delivery: Delivery, result: ItemResult | undefined): Outcome {
  const { status = 'stored', location = null, bytes = null } = result ?? {};
  const isWritten = status === 'stored' || status === 'updated';
  const size = isRecord(delivery) ? delivery.raw.length : delivery.bytes;
  return { status, bytes: isWritten ? (bytes ?? size) : 0, location, error: null, warnings: [] };
}

function refused(delivery: Delivery, reason: string): Outcome {
  const { lsid, host } = delivery.names;
  const what = lsid === null ? `a file of ${delivery.kind}` : `${delivery.kind} ${lsid}`;
  const error = new IcError('io', `The program refused ${what} of ${host}: ${reason}`, {
    hint: 'Mend what the reason names; a later run offers it again.',
  });
  return { status: 'refused', bytes: 0, location: null, error, warnings: [] };
}
