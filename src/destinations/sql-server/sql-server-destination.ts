import type { SqlServerConfig } from '../../config/configuration.ts';
import type { UnixSeconds } from '../../platform/clock.ts';
import { IcError } from '../../platform/errors.ts';
import type { FileKind, Kind, RecordKind } from '../../platform/kinds.ts';
import {
  type Capabilities,
  type CheckResult,
  type Delivery,
  type Destination,
  type Outcome,
  pairOutcomes,
  type RecordDelivery,
  type Recovery,
} from '../destination.ts';
import { type DatabaseContext, databaseKinds } from '../sql/context.ts';
import { noFiles, records, refusal, refused } from '../sql/outcomes.ts';
import { entriesAtOnce, pagedEntries } from '../sql/recovery.ts';
import { checkServer } from './check.ts';
import { InDoubtError, type Statements } from './client.ts';
import { parseConnectionString } from './connection-settings.ts';
import { openDatabase } from './create-database.ts';
import { keyOf, readEntries, readWatermark, writeWatermark } from './delivery-records.ts';
import { Link } from './link.ts';
import { writeRecords } from './record-writer.ts';
import { migrate, schemaVersion } from './schema.ts';
import { isAboutRows, serverMessage } from './server-errors.ts';
import { readServerTraits, type ServerTraits } from './traits.ts';

/**
 * A database of SQL Server. A batch is one transaction, which is done again from its beginning after whatever passes;
 * doing it again changes nothing once it stands.
 */
export function createSqlServerDestination(config: SqlServerConfig, context: DatabaseContext): Destination {
  return new SqlServerDestination(config, context);
}

type Outcomes = ReadonlyMap<RecordDelivery, Outcome>;

class SqlServerDestination implements Destination {
  readonly capabilities: Capabilities = {
    kinds: databaseKinds,
    batch: { items: 100, bytes: 8 * 1024 ** 2 },
    recognises: true,
    keepsRecords: true,
  };
  readonly #config: SqlServerConfig;
  readonly #context: DatabaseContext;
  readonly #link: Link;
  #traits: ServerTraits | null = null;

  constructor(config: SqlServerConfig, context: DatabaseContext) {
    this.#config = config;
    this.#context = context;
    const settings = parseConnectionString(config.connectionString, config.name);
    this.#link = new Link(settings, context.clock, context.logger);
  }

  async open(signal: AbortSignal): Promise<void> {
    await openDatabase(this.#link, signal);
    await this.#link.run((client) => migrate(client, this.#link.database, signal), signal);
    this.#traits = await this.#transaction(readServerTraits, signal);
  }

  async deliver(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]> {
    signal.throwIfAborted();
    const items = records(batch, this.#config.name);
    const outcomes: Outcome[] = [];
    for (const places of rounds(items)) {
      const round = places.map((place) => items[place] as RecordDelivery);
      const found = await this.#deliverRound(round, signal);
      const inOrder = round.flatMap((item) => found.get(item) ?? []);
      for (const [place, outcome] of pairOutcomes(places, inOrder, this.#config.name))
        outcomes[place] = outcome;
    }
    return outcomes;
  }

  async stagingDirectory(_kind: FileKind): Promise<string> {
    throw noFiles(this.#config.name);
  }

  async advance(kind: Kind, watermark: UnixSeconds, signal: AbortSignal): Promise<void> {
    const key = { ...this.#context, kind };
    await this.#transaction(async (statements) => {
      if ((await readWatermark(statements, key)) === watermark) return;
      await writeWatermark(statements, key, watermark, this.#context.clock.now() / 1000);
    }, signal);
  }

  async recover(kind: Kind, signal: AbortSignal): Promise<Recovery | null> {
    if (!databaseKinds.has(kind)) return null;
    const key = { ...this.#context, kind: kind as RecordKind };
    const watermark = await this.#transaction((statements) => readWatermark(statements, key), signal);
    const entries = pagedEntries((after) =>
      this.#transaction((statements) => readEntries(statements, key, after, entriesAtOnce), signal),
    );
    return { watermark, entries };
  }

  async recorded(kind: Kind, signal: AbortSignal): Promise<UnixSeconds | null> {
    const key = { ...this.#context, kind };
    const look = async (statements: Statements): Promise<UnixSeconds | null> =>
      (await schemaVersion(statements)) === 0 ? null : readWatermark(statements, key);
    try {
      return await this.#transaction(look, signal);
    } catch (error) {
      // The database is not there yet.
      if (error instanceof IcError && error.code === 'refused') return null;
      throw error;
    }
  }

  check(signal: AbortSignal): AsyncIterable<CheckResult> {
    return checkServer(this.#config, this.#context, signal);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  /** All in one transaction; when single records are to blame for its failure, in smaller ones down to each alone. */
  async #deliverRound(items: readonly RecordDelivery[], signal: AbortSignal): Promise<Outcomes> {
    try {
      return await this.#deliverTogether(items, signal);
    } catch (error) {
      if (!isAboutRows(error)) throw error;
      const [first] = items;
      if (first !== undefined && items.length === 1)
        return new Map([[first, refused(refusal(first, serverMessage(error), error))]]);
    }
    const half = Math.ceil(items.length / 2);
    const outcomes = new Map(await this.#deliverRound(items.slice(0, half), signal));
    for (const [item, outcome] of await this.#deliverRound(items.slice(half), signal))
      outcomes.set(item, outcome);
    return outcomes;
  }

  async #deliverTogether(items: readonly RecordDelivery[], signal: AbortSignal): Promise<Outcomes> {
    let doubtful: Outcomes = new Map();
    return this.#link.run(async (client) => {
      let found: Outcomes = new Map();
      try {
        await client.transaction(async (statements) => {
          found = asFirstSeen(await writeRecords(statements, items, this.#writeOptions()), doubtful);
        }, signal);
        return found;
      } catch (error) {
        if (error instanceof InDoubtError) doubtful = found;
        throw error;
      }
    }, signal);
  }

  #writeOptions() {
    if (this.#traits === null)
      throw new IcError('internal', `The destination ${this.#config.name} is used before it was opened.`);
    const { storeSystemInformation } = this.#config;
    const { transfer, clock } = this.#context;
    return { ...this.#traits, storeSystemInformation, transfer, now: clock.now() };
  }

  #transaction<T>(work: (statements: Statements) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#link.run((client) => client.transaction(work, signal), signal);
  }
}

/** What a COMMIT without an answer has stored after all was stored by this run, though it is found unchanged now. */
function asFirstSeen(outcomes: Outcomes, doubtful: Outcomes): Outcomes {
  const pairs = [...outcomes].map(([item, outcome]) => {
    const before = outcome.status === 'unchanged' ? doubtful.get(item) : undefined;
    return [item, before ?? outcome] as const;
  });
  return new Map(pairs);
}

/** Places in the batch, so that each round has one kind and one host, and each record at most once. */
function rounds(items: readonly RecordDelivery[]): Iterable<readonly number[]> {
  const times = new Map<string, number>();
  const groups = new Map<string, number[]>();
  for (const [place, { kind, names }] of items.entries()) {
    const record = `${kind} ${names.host} ${keyOf(names.lsid)}`;
    const time = (times.get(record) ?? 0) + 1;
    times.set(record, time);
    const group = `${time} ${kind} ${names.host}`;
    const places = groups.get(group);
    if (places) places.push(place);
    else groups.set(group, [place]);
  }
  return groups.values();
}
