import type { SqlServerConfig } from '../../config/configuration.ts';
import { IcError } from '../../platform/errors.ts';
import { type FileKind, isRecordKind, type Kind, type RecordKind } from '../../platform/kinds.ts';
import {
  type Capabilities,
  type CheckResult,
  type Claim,
  type Comparison,
  type Delivery,
  type Destination,
  type HeldItem,
  type HeldKey,
  type Outcome,
  type Position,
  pairOutcomes,
  type RecordDelivery,
  type RecordedClaim,
  type Recovery,
  type Renaming,
} from '../destination.ts';
import { type DatabaseContext, databaseKinds } from '../sql/context.ts';
import { compareIdentity, noDatabase } from '../sql/identity.ts';
import { noFiles, records, refusal, refused } from '../sql/outcomes.ts';
import { entriesAtOnce, pagedEntries } from '../sql/recovery.ts';
import { checkServer } from './check.ts';
import { InDoubtError, type Statements } from './client.ts';
import { parseConnectionString } from './connection-settings.ts';
import { openDatabase } from './create-database.ts';
import { type ClaimKey, exactly, findHeld, readClaim, readEntries, writeClaim } from './delivery-records.ts';
import { countTransaction, readIdentity, readSequence, renameRecords, requireId } from './identity.ts';
import { Link } from './link.ts';
import { writeRecords } from './record-writer.ts';
import { migrate, schemaVersion } from './schema.ts';
import { isAboutRows, isOutOfIds, serverMessage } from './server-errors.ts';
import { readObjections } from './shapes.ts';
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
  #id = '';
  #sequence = 0;

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
    const { transfer } = this.#context;
    this.#id = await this.#transaction(requireId, signal);
    this.#sequence = await this.#transaction((statements) => readSequence(statements, transfer), signal);
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

  async advance(kind: Kind, claim: Claim, signal: AbortSignal): Promise<void> {
    const key = this.#key(kind);
    this.#sequence = await this.#transaction(async (statements) => {
      const recorded = await readClaim(statements, key);
      if (recorded?.since === claim.since && recorded.until === claim.until) return this.#sequence;
      await writeClaim(statements, key, claim, this.#context.clock.now() / 1000);
      return countTransaction(statements, key.transfer);
    }, signal);
  }

  async recover(kind: Kind, signal: AbortSignal): Promise<Recovery | null> {
    if (!databaseKinds.has(kind)) return null;
    const key = { ...this.#context, kind: kind as RecordKind };
    const claim = await this.#transaction((statements) => readClaim(statements, key), signal);
    const entries = pagedEntries('', (after) =>
      this.#transaction((statements) => readEntries(statements, key, after, entriesAtOnce), signal),
    );
    return { claim, entries };
  }

  async held(
    kind: Kind,
    items: readonly HeldKey[],
    signal: AbortSignal,
  ): Promise<readonly (HeldItem | null)[]> {
    if (!isRecordKind(kind)) return items.map(() => null);
    const { site } = this.#context;
    const lsids = items.map(({ lsid }) => lsid);
    const look = async (statements: Statements) =>
      (await schemaVersion(statements)) === 0
        ? items.map(() => null)
        : findHeld(statements, { site, kind }, lsids);
    return this.#readUnopened(
      look,
      items.map(() => null),
      signal,
    );
  }

  recorded(kind: Kind, signal: AbortSignal): Promise<RecordedClaim | null> {
    const look = async (statements: Statements) =>
      (await schemaVersion(statements)) === 0 ? null : readClaim(statements, this.#key(kind));
    return this.#readUnopened(look, null, signal);
  }

  async compare(kind: Kind, known: Position | null, signal: AbortSignal): Promise<Comparison> {
    const look = (statements: Statements) => readIdentity(statements, this.#key(kind), known);
    const identity = await this.#readUnopened(look, noDatabase, signal);
    const place = `database ${this.#link.database} on ${this.#link.server}`;
    return { found: compareIdentity(identity, known), place };
  }

  position(): Position | null {
    if (this.#sequence === 0) return null;
    return { id: this.#id, sequence: this.#sequence, hash: '', transfer: this.#context.transfer };
  }

  async rename(renaming: Renaming, signal: AbortSignal): Promise<void> {
    this.#sequence = await this.#transaction(async (statements) => {
      await renameRecords(statements, renaming);
      return countTransaction(statements, this.#context.transfer);
    }, signal);
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
      if (isOutOfIds(error)) throw await this.#outOfIds(error, signal);
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

  /** The server does not say which table it was. */
  async #outOfIds(error: unknown, signal: AbortSignal): Promise<unknown> {
    const { server, database } = this.#link;
    const found = await this.#transaction(readObjections, signal);
    if (found.length === 0) return error;
    return new IcError('io', `SQL Server ${server}, database ${database}: ${found.join('; ')}.`, {
      hint: 'Change the column of ids, and the columns that refer to it, to BIGINT; the next run goes on.',
      cause: error,
    });
  }

  async #deliverTogether(items: readonly RecordDelivery[], signal: AbortSignal): Promise<Outcomes> {
    let doubtful: Outcomes = new Map();
    return this.#link.run(async (client) => {
      let found: Outcomes = new Map();
      try {
        this.#sequence = await client.transaction(async (statements) => {
          const written = await writeRecords(statements, items, this.#writeOptions());
          found = asFirstSeen(written, doubtful);
          return changesAnything(written)
            ? countTransaction(statements, this.#context.transfer)
            : this.#sequence;
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

  /** What `look` finds in the database as it is; `otherwise` when it is not there yet. */
  async #readUnopened<T>(
    look: (statements: Statements) => Promise<T>,
    otherwise: T,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await this.#transaction(look, signal);
    } catch (error) {
      if (error instanceof IcError && error.code === 'refused') return otherwise;
      throw error;
    }
  }

  #key(kind: Kind): ClaimKey {
    const { transfer, site } = this.#context;
    return { transfer, site, kind };
  }

  #transaction<T>(work: (statements: Statements) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#link.run((client) => client.transaction(work, signal), signal);
  }
}

function changesAnything(outcomes: Outcomes): boolean {
  return [...outcomes.values()].some(({ status }) => status === 'stored' || status === 'updated');
}

/** What a COMMIT without an answer has stored after all was stored by this run, though it is found unchanged now. */
function asFirstSeen(outcomes: Outcomes, doubtful: Outcomes): Outcomes {
  const pairs = [...outcomes].map(([item, outcome]) => {
    const before = outcome.status === 'unchanged' ? doubtful.get(item) : undefined;
    return [item, before ?? outcome] as const;
  });
  return new Map(pairs);
}

/** Places in the batch, so that each round has one kind, site and host, and each record at most once. */
function rounds(items: readonly RecordDelivery[]): Iterable<readonly number[]> {
  const times = new Map<string, number>();
  const groups = new Map<string, number[]>();
  for (const [place, { kind, names }] of items.entries()) {
    const owner = [kind, names.site, names.host];
    const record = JSON.stringify([...owner, exactly(names.lsid)]);
    const time = (times.get(record) ?? 0) + 1;
    times.set(record, time);
    const group = JSON.stringify([time, ...owner]);
    const places = groups.get(group);
    if (places) places.push(place);
    else groups.set(group, [place]);
  }
  return groups.values();
}
