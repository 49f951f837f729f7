import type { Appliance } from '../appliance/appliance.ts';
import type { Configuration, DestinationConfig, Site, Transfer } from '../config/configuration.ts';
import { closing } from '../platform/closing.ts';
import { IcError, toIcError } from '../platform/errors.ts';
import type { RecordKind } from '../platform/kinds.ts';
import type { PullContext } from '../pull/context.ts';
import { RecordDeliverer } from '../pull/deliver.ts';
import { downloadRecordings } from '../pull/download.ts';
import { Ledger } from '../pull/ledger.ts';
import { RecordingQueue } from '../pull/recording-queue.ts';
import { type ReportStream, streamsOf } from '../pull/report-stream.ts';
import { Tally } from '../pull/result.ts';
import { type ReportRecord, usualMaxRecord } from '../sessions/parse.ts';
import { backupLockName, transferLockName } from '../state/lock.ts';
import { beginRun } from './begin-run.ts';
import type { CommandContext } from './command.ts';
import { createDestination, requireKinds } from './destinations.ts';
import { readItems } from './replay-items.ts';
import type { ReplayRequest } from './replay-request.ts';
import { printResult, replayResult } from './replay-result.ts';

type Delivered = ReplayRequest & { readonly destination: string };

/** Delivers saved reports, and fetches the recordings of their sessions when asked for. */
export async function deliverReports(
  request: Delivered,
  configuration: Configuration,
  context: CommandContext,
): Promise<number> {
  const { clock } = context;
  await using run = await beginRun(configuration, context);
  const { runId, log, progress, appliances } = run;
  const config = configuration.destinations.get(request.destination) as DestinationConfig;
  const site =
    request.site === null
      ? onlySite(configuration, request)
      : (configuration.sites.get(request.site) as Site);
  const transfer = transferFor(request, site);
  const destination = await createDestination(config, {
    transfer: transfer.name,
    site: transfer.site,
    kinds: transfer.data,
    clock,
    logger: log.logger,
  });
  await using _ = closing(destination);
  const ledger = new Ledger({ state: null, transfer: transfer.name, readOnly: true, clock });
  const pull: PullContext = {
    runId,
    configured: configuration,
    transfer,
    site: {
      name: transfer.site,
      host: request.host ?? site?.hostName ?? '',
      address: site?.host ?? '',
      concurrency: site?.concurrency ?? 1,
      retries: site?.retries ?? 0,
      maxRecord: site?.maxRecord ?? usualMaxRecord,
    },
    // Only downloads ask it, and those need a site.
    appliance: (site === null ? null : await appliances.of(site)) as Appliance,
    destination,
    ledger,
    recordings: new RecordingQueue(ledger, transfer.data),
    tally: new Tally(transfer.data),
    clock,
    logger: log.logger,
    progress,
    signal: context.signal,
    selection: { type: 'sessions', lsids: [] },
    secrets: configuration.secrets,
    formatOf: (kind) => (config.type === 'file-system' ? (config.kinds.get(kind)?.format ?? null) : null),
    backupLock: await backupLockName(configuration.state.path, transfer.site),
    lockOf: (name) => transferLockName(configuration.state.path, name),
    dryRun: false,
  };
  return await deliver(request, pull, context);
}

function onlySite(configuration: Configuration, request: Delivered): Site | null {
  if (request.host !== null) return null;
  const [site] = configuration.sites.values();
  return site ?? null;
}

/** A replay is no transfer of the configuration; the destination keeps records of it under this name. */
function transferFor(request: Delivered, site: Site | null): Transfer {
  return {
    name: 'replay',
    site: site?.name ?? request.host ?? '',
    destination: request.destination,
    data: request.kinds,
    start: { type: 'all' },
    every: 900,
    at: null,
    overlap: 0,
    sweep: 0,
    settle: 0,
    abandonOpenAfter: 0,
    forgetAbandonedAfter: 0,
    giveUpAfter: 0,
  };
}

async function deliver(request: Delivered, pull: PullContext, context: CommandContext): Promise<number> {
  let error: IcError | null = null;
  try {
    requireKinds(pull.transfer, pull.destination);
    await pull.destination.open(pull.signal);
    const leftOut = await deliverRecords(request, pull, context);
    if (request.usualKinds && !context.common.quiet) tellLeftOut(leftOut, context);
    if (request.kinds.some((kind) => kind.endsWith('-recordings'))) await fetchRecordings(pull);
  } catch (thrown) {
    pull.signal.throwIfAborted();
    error = toIcError(thrown);
  }
  for (const sentence of pull.tally.complaints.rest()) pull.logger.warn(sentence);
  const result = replayResult(pull, error);
  printResult(request, pull, context, result);
  return result.exitCode;
}

/** Resolves with how many records of each kind were left out, since they were not asked for. */
async function deliverRecords(
  request: Delivered,
  pull: PullContext,
  context: CommandContext,
): Promise<ReadonlyMap<RecordKind, number>> {
  const leftOut = new Map<RecordKind, number>();
  const now = Math.floor(pull.clock.now() / 1000);
  const deliverer = new RecordDeliverer(pull, now);
  const streams = streamsOf(request.kinds);
  try {
    for (const file of request.files) {
      for await (const item of readItems(file, context.io.input, pull.site.maxRecord)) {
        if (item.type === 'record') {
          const { kind } = item.record;
          const stream = streams.find((candidate) => candidate.recordKind === kind);
          if (stream !== undefined) await deliverRecord(pull, deliverer, stream, item.record, now);
          else leftOut.set(kind, (leftOut.get(kind) ?? 0) + 1);
        } else {
          const [kind] = request.kinds;
          const problem = `${file} holds a record that cannot be stored: ${item.reason}`;
          if (kind !== undefined) pull.tally.failed(kind, new IcError('not-understood', problem));
          pull.tally.complaints.add('records cannot be stored', () => pull.logger.error(problem));
        }
      }
    }
  } finally {
    await deliverer.flush();
  }
  return leftOut;
}

function tellLeftOut(leftOut: ReadonlyMap<RecordKind, number>, { io }: CommandContext): void {
  for (const [kind, count] of leftOut)
    io.error.write(`ic: ${kind} left out: ${count}. Add --data ${kind} to take them in.\n`);
}

async function deliverRecord(
  pull: PullContext,
  deliverer: RecordDeliverer,
  stream: ReportStream,
  record: ReportRecord,
  now: number,
): Promise<void> {
  const { lsid } = record.record;
  if (record.defects.length > 0) {
    pull.tally.complaints.add('sessions hold what XML forbids; they are kept as they came', () =>
      pull.logger.warn(`Session ${lsid} holds ${record.defects.join(' and ')}; it is kept as it came`, {
        lsid,
      }),
    );
  }
  if (stream.kinds.includes(stream.recordKind)) {
    pull.tally.seen(stream.recordKind);
    await deliverer.add(record);
  }
  for (const recording of stream.recordingsOf(record.record)) {
    if (!stream.kinds.includes(recording.kind)) continue;
    pull.recordings.expect(
      { kind: recording.kind, lsid, instance: recording.instance },
      record.record,
      recording,
      now,
    );
  }
}

async function fetchRecordings(pull: PullContext): Promise<void> {
  const shown = await pull.appliance.now(pull.signal);
  // What the report names is owed since this machine's present time, and due.
  const now = Math.max(shown, Math.floor(pull.clock.now() / 1000));
  const moment = { shown, now, until: shown, reaches: shown, isConfirmed: true, reading: null };
  await downloadRecordings(pull, moment);
}
