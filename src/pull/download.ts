import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saysNotFound } from '../appliance/answers.ts';
import type { DownloadedFile } from '../appliance/appliance.ts';
import { RecordingExpired, RecordingNotReady } from '../appliance/recording-errors.ts';
import { Unreachable } from '../appliance/unreachable.ts';
import type { FileDelivery, Outcome } from '../destinations/destination.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import { IcError, toIcError } from '../platform/errors.ts';
import type { FileKind, RecordingKind } from '../platform/kinds.ts';
import type { FileProgress } from '../platform/progress.ts';
import type { OwedItem } from '../state/state.ts';
import type { Moment, PullContext } from './context.ts';
import { withoutHeld } from './held-recordings.ts';
import { describeItem, isGivenUp, isOverdue, retryLater } from './owed.ts';
import { readLinks } from './read-links.ts';

/**
 * After so many failures in a row that may be the site's, the newest are tried: the appliance may be at odds with the
 * oldest alone. When these fail too, it is not the items that are at fault.
 */
const suspiciousAfter = 5;
const hopelessAfter = 10;

/**
 * Downloads what the transfer owes and is due, several at once, oldest first. One that fails holds back neither the
 * others nor the watermark. Throws when the destination fails, or the site as a whole.
 */
export async function downloadRecordings(context: PullContext, moment: Moment): Promise<void> {
  const due = context.recordings.due(moment.now);
  if (due.length === 0) return;
  const items = await withoutHeld(context, due);
  if (items.length === 0) return;
  if (context.dryRun) return countOnly(context, items);
  await readLinks(context, items);
  context.progress.phase(context.transfer.name, 'recordings');
  context.progress.expectFiles(context.transfer.name, items.length);
  const work = new DownloadWork(context, moment, items);
  const workers = Math.min(context.site.concurrency, items.length);
  const results = await Promise.allSettled(Array.from({ length: workers }, () => work.run()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  work.conclude();
}

function countOnly(context: PullContext, items: readonly OwedItem[]): void {
  for (const item of items) {
    context.tally.seen(item.kind);
    context.tally.delivered(item.kind, 0);
  }
}

class DownloadWork {
  readonly #context: PullContext;
  readonly #moment: Moment;
  readonly #items: readonly OwedItem[];
  /** What is left lies between these places. */
  #oldest = 0;
  #newest: number;
  #stopped = false;
  /** Whether the site has answered about any recording, be it that it is not ready. */
  #isAnswering = false;
  #failuresInRow = 0;
  readonly #notFound: IcError[] = [];

  constructor(context: PullContext, moment: Moment, items: readonly OwedItem[]) {
    this.#context = context;
    this.#moment = moment;
    this.#items = items;
    this.#newest = items.length - 1;
  }

  async run(): Promise<void> {
    try {
      for (let next = this.#next(); next !== undefined && !this.#stopped; next = this.#next()) {
        await this.#one(next);
        await this.#context.ledger.flushIfLate();
      }
    } catch (error) {
      this.#stopped = true;
      throw error;
    }
  }

  /** A site that finds none of many may keep them all from the account. Only in the end is that told from bad luck. */
  conclude(): void {
    const [first] = this.#notFound;
    if (first !== undefined && this.#notFound.length >= hopelessAfter && !this.#isAnswering) throw first;
  }

  #next(): OwedItem | undefined {
    if (this.#oldest > this.#newest) return undefined;
    return this.#items[this.#failuresInRow >= suspiciousAfter ? this.#newest-- : this.#oldest++];
  }

  async #one(item: OwedItem): Promise<void> {
    const { tally, destination, signal, progress, transfer } = this.#context;
    signal.throwIfAborted();
    tally.seen(item.kind);
    const staging = await destination.stagingDirectory(item.kind as FileKind, signal);
    const path = join(staging, `${randomUUID()}.part`);
    const fileProgress = progress.beginFile(transfer.name);
    try {
      const file = await this.#download(item, path, fileProgress);
      if (file !== null) await this.#deliver(item, path, file);
    } finally {
      await rm(path, { force: true }).catch(() => undefined);
      fileProgress.done();
    }
  }

  async #download(item: OwedItem, path: string, progress: FileProgress): Promise<DownloadedFile | null> {
    const { appliance, recordings, signal } = this.#context;
    const wanted = {
      kind: item.kind as RecordingKind,
      lsid: item.lsid,
      instance: item.instance,
      format: this.#context.formatOf(item.kind),
      url: recordings.link(item),
    };
    try {
      return await appliance.downloadRecording(wanted, path, {
        signal,
        onLength: progress.announce,
        onBytes: progress.bytes,
      });
    } catch (error) {
      signal.throwIfAborted();
      this.#failed(item, error);
      return null;
    }
  }

  async #deliver(item: OwedItem, path: string, file: DownloadedFile): Promise<void> {
    const { destination, tally, signal, logger } = this.#context;
    const downloadedAt = await this.#context.appliance.now(signal);
    this.#siteAnswered();
    const delivery = toFileDelivery(this.#context, item, { path, ...file, downloadedAt });
    const [outcome] = (await destination.deliver([delivery], signal)) as [Outcome];
    tally.outcome(item.kind, outcome);
    for (const warning of outcome.warnings) logger.warn(warning);
    if (outcome.status === 'refused') {
      this.#owe(item, 'refused', outcome.error ?? new IcError('io', 'the destination refused it'));
      return;
    }
    this.#settle(item, file.sha256, outcome);
  }

  #settle(item: OwedItem, hash: string, outcome: Outcome): void {
    this.#context.ledger.delivered(item, {
      hash,
      time: this.#timeOf(item),
      bytes: outcome.bytes,
      counts: outcome.status === 'stored' || outcome.status === 'updated',
    });
  }

  #neverHave(item: OwedItem): void {
    this.#context.ledger.unobtainable(item, this.#timeOf(item));
  }

  #timeOf({ names }: OwedItem): UnixSeconds {
    return names.endTime ?? names.startTime ?? this.#moment.now;
  }

  #failed(item: OwedItem, thrown: unknown): void {
    const { tally, logger } = this.#context;
    if (thrown instanceof RecordingNotReady) {
      this.#siteAnswered();
      this.#owe(item, 'not-ready', thrown);
    } else if (thrown instanceof RecordingExpired) {
      this.#siteAnswered();
      const gone = `${describeItem(item)} has expired on the appliance and cannot be had any more: ${thrown.message}`;
      tally.failed(item.kind, new IcError('partial', gone, { cause: thrown }));
      logger.error(gone);
      this.#neverHave(item);
    } else {
      const error = toIcError(thrown);
      if (error.code === 'io' || error.code === 'internal') throw error;
      tally.failed(item.kind, error);
      this.#owe(item, 'failed', error);
      this.#stopWhenHopeless(error);
    }
  }

  #siteAnswered(): void {
    this.#isAnswering = true;
    this.#failuresInRow = 0;
  }

  #stopWhenHopeless(error: IcError): void {
    if (saysNotFound(error)) {
      this.#notFound.push(error);
      this.#failuresInRow = 0;
    } else if (this.#maySpeakOfSite(error)) {
      this.#failuresInRow += 1;
      if (this.#failuresInRow >= hopelessAfter) throw error;
    } else {
      this.#siteAnswered();
    }
  }

  /** A site that answers about some recordings may refuse others. */
  #maySpeakOfSite(error: IcError): boolean {
    if (error instanceof Unreachable) return !error.cutOff;
    return error.code === 'refused' && !this.#isAnswering;
  }

  #owe(item: OwedItem, status: OwedItem['status'], why: Error): void {
    const { transfer, ledger, logger } = this.#context;
    if (!ledger.remembers) {
      this.#miss(item, status, why);
      return;
    }
    const reason = why.message;
    const owed = retryLater(item, this.#moment.now, { status, reason });
    if (!isGivenUp(owed, this.#moment.now, transfer.giveUpAfter)) {
      ledger.owe(owed);
      const log = isOverdue(owed, this.#moment.now) ? logger.warn : logger.info;
      log(`${describeItem(item)} is owed: ${reason}`);
      return;
    }
    if (status === 'not-ready') this.#context.tally.failed(item.kind);
    logger.error(`${describeItem(item)} is given up after ${owed.attempts} attempts: ${reason}`);
    this.#neverHave(item);
  }

  /** A replay, or an ad-hoc transfer, owes nothing: whoever wants the item has to ask again. */
  #miss(item: OwedItem, status: OwedItem['status'], why: Error): void {
    const { tally, logger } = this.#context;
    const name = describeItem(item);
    if (status === 'not-ready') {
      const notReady = `${name} is not ready yet: pull or replay again later. The appliance says: ${why.message}`;
      tally.failed(item.kind, new IcError('partial', notReady, { cause: why }));
      logger.error(notReady);
    } else {
      const hint = why instanceof IcError && why.hint !== null ? ` ${why.hint}` : '';
      logger.error(`${name} could not be had: ${why.message}${hint}`);
    }
  }
}

function toFileDelivery(
  context: PullContext,
  item: OwedItem,
  file: DownloadedFile & { readonly path: string; readonly downloadedAt: number },
): FileDelivery {
  const { site } = context;
  return {
    kind: item.kind as FileKind,
    names: { site: site.name, host: site.host, lsid: item.lsid, instance: item.instance, ...item.names },
    ...file,
  };
}
