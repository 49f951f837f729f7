import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DownloadedFile } from '../appliance/appliance.ts';
import { RecordingExpired, RecordingNotReady } from '../appliance/recording-errors.ts';
import { type FileDelivery, type Outcome, pairOutcomes } from '../destinations/destination.ts';
import { IcError, toIcError } from '../platform/errors.ts';
import type { FileKind, RecordingKind } from '../platform/kinds.ts';
import type { FileProgress } from '../platform/progress.ts';
import type { OwedItem } from '../state/state.ts';
import type { Moment, PullContext } from './context.ts';
import { withoutHeld } from './held-recordings.ts';
import { oweOrTell, timeOf } from './missed-recording.ts';
import { describeItem } from './owed.ts';
import { readLinks } from './read-links.ts';
import { SiteHealth } from './site-health.ts';

/**
 * Downloads what the transfer owes and is due, several at once, oldest first. One that fails holds back neither the
 * others nor the watermark. Throws when the destination fails, or the site as a whole.
 */
export async function downloadRecordings(context: PullContext, moment: Moment): Promise<void> {
  const due = context.recordings.due(moment);
  if (due.length === 0) return;
  const items = await withoutHeld(context, due, moment);
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
  work.health.conclude();
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
  readonly health = new SiteHealth();

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

  #next(): OwedItem | undefined {
    if (this.#oldest > this.#newest) return undefined;
    return this.#items[this.health.isDoubtful ? this.#newest-- : this.#oldest++];
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
    const { destination, transfer, tally, signal, logger } = this.#context;
    const downloadedAt = await this.#context.appliance.now(signal);
    this.health.answered();
    const delivery = toFileDelivery(this.#context, item, { path, ...file, downloadedAt });
    const outcomes = await destination.deliver([delivery], signal);
    const [[, outcome]] = pairOutcomes([delivery], outcomes, transfer.destination);
    tally.outcome(item.kind, outcome);
    for (const warning of outcome.warnings) logger.warn(warning);
    if (outcome.status === 'refused') {
      this.#miss(item, 'refused', outcome.error ?? new IcError('io', 'the destination refused it'));
      return;
    }
    this.#settle(item, file.sha256, outcome);
  }

  #settle(item: OwedItem, hash: string, outcome: Outcome): void {
    this.#context.ledger.delivered(item, {
      hash,
      time: timeOf(item, this.#moment),
      bytes: outcome.bytes,
      counts: outcome.status === 'stored' || outcome.status === 'updated',
    });
  }

  #failed(item: OwedItem, thrown: unknown): void {
    const { tally, logger } = this.#context;
    if (thrown instanceof RecordingNotReady) {
      this.health.answered();
      this.#miss(item, 'not-ready', thrown);
    } else if (thrown instanceof RecordingExpired) {
      this.health.answered();
      const gone = `${describeItem(item)} has expired on the appliance and cannot be had any more: ${thrown.message}`;
      tally.failed(item.kind, new IcError('partial', gone, { cause: thrown }));
      logger.error(gone);
      this.#context.ledger.unobtainable(item, timeOf(item, this.#moment));
    } else {
      const error = toIcError(thrown);
      if (error.code === 'io' || error.code === 'internal') throw error;
      tally.failed(item.kind, error);
      this.#miss(item, 'failed', error);
      this.health.failed(error);
    }
  }

  #miss(item: OwedItem, status: OwedItem['status'], why: Error): void {
    oweOrTell(this.#context, this.#moment, item, { status, why });
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
