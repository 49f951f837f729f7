import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../destinations/destination.ts';
import type { PullContext } from './context.ts';

const kind = 'backups';

/** Takes one backup of the site. A failed one is not owed: the next run takes a new one. */
export async function pullBackup(context: PullContext): Promise<void> {
  const { appliance, destination, ledger, progress, signal, tally, transfer } = context;
  tally.seen(kind);
  if (context.dryRun) return tally.delivered(kind, 0);
  const path = join(await destination.stagingDirectory(kind, signal), `${randomUUID()}.part`);
  progress.expectFiles(transfer.name, 1);
  try {
    const onBytes = (count: number) => progress.bytes(transfer.name, count);
    const file = await appliance.downloadBackup(path, { signal, onBytes });
    const downloadedAt = await appliance.now(signal);
    const names = { ...noRecord, site: context.site.name, host: context.site.host };
    const [outcome] = (await destination.deliver([{ kind, names, path, ...file, downloadedAt }], signal)) as [
      Outcome,
    ];
    tally.outcome(kind, outcome);
    if (outcome.error !== null) throw outcome.error;
    const counts = outcome.status === 'stored' || outcome.status === 'updated';
    const item = { kind, lsid: '', instance: 0 } as const;
    ledger.delivered(item, { hash: file.sha256, time: downloadedAt, bytes: outcome.bytes, counts });
    ledger.advance(kind, downloadedAt);
    await destination.advance(kind, downloadedAt, signal);
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
    progress.fileDone(transfer.name);
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
