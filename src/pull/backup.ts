import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pairOutcomes } from '../destinations/destination.ts';
import { systemClock } from '../platform/clock.ts';
import { acquireLock, type Lock } from '../platform/lock.ts';
import type { PullContext } from './context.ts';

const kind = 'backups';

/** Takes one backup of the site. A failed one is not owed: the next run takes a new one. */
export async function pullBackup(context: PullContext): Promise<void> {
  context.tally.seen(kind);
  if (context.dryRun) return context.tally.delivered(kind, 0);
  const turn = await takeTurn(context);
  try {
    await takeBackup(context);
  } finally {
    await turn.release();
  }
}

/** Waits for as long as others take backups of the site, which may be hours: the system frees the lock of a dead one. */
async function takeTurn({ backupLock, logger, signal, site }: PullContext): Promise<Lock> {
  const free = await acquireLock(backupLock, { signal });
  if (free !== null) return free;
  logger.info(`Waits for another backup of site ${site.name} to end`);
  const options = { waitMs: Number.POSITIVE_INFINITY, longestPauseMs: 1000, signal, clock: systemClock };
  return (await acquireLock(backupLock, options)) as Lock;
}

async function takeBackup(context: PullContext): Promise<void> {
  const { appliance, destination, ledger, logger, progress, signal, tally, transfer } = context;
  const path = join(await destination.stagingDirectory(kind, signal), `${randomUUID()}.part`);
  progress.phase(transfer.name, 'backup');
  progress.expectFiles(transfer.name, 1);
  const fileProgress = progress.beginFile(transfer.name);
  try {
    const file = await appliance.downloadBackup(path, {
      signal,
      onLength: fileProgress.announce,
      onBytes: fileProgress.bytes,
    });
    const downloadedAt = await appliance.now(signal);
    const names = { ...noRecord, site: context.site.name, host: context.site.host };
    const batch = [{ kind, names, path, ...file, downloadedAt }] as const;
    const outcomes = await destination.deliver(batch, signal);
    const [[, outcome]] = pairOutcomes(batch, outcomes, transfer.destination);
    tally.outcome(kind, outcome);
    for (const warning of outcome.warnings) logger.warn(warning);
    if (outcome.error !== null) throw outcome.error;
    const counts = outcome.status === 'stored' || outcome.status === 'updated';
    const item = { kind, lsid: '', instance: 0 } as const;
    ledger.delivered(item, { hash: file.sha256, time: downloadedAt, bytes: outcome.bytes, counts });
    ledger.begins(kind, downloadedAt);
    ledger.advance(kind, downloadedAt);
    const since = ledger.kind(kind)?.since ?? downloadedAt;
    await destination.advance(kind, { since, until: downloadedAt }, signal);
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
    fileProgress.done();
  }
}

const noRecord = {
  lsid: null,
  instance: null,
  lseq: null,
  sessionType: null,
  externalKey: null,
  startTime: null,
  endTime: null,
} as const;
