import type { Appliance } from '../appliance/appliance.ts';
import type { Configuration, DestinationConfig, Site, Transfer } from '../config/configuration.ts';
import type { Destination } from '../destinations/destination.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { closing } from '../platform/closing.ts';
import { exitCodes, type IcError, toIcError } from '../platform/errors.ts';
import type { Kind } from '../platform/kinds.ts';
import { acquireLock, type Lock } from '../platform/lock.ts';
import { noteLockTaken } from '../platform/lock-holder.ts';
import type { Logger } from '../platform/logger.ts';
import type { Progress } from '../platform/progress.ts';
import { withoutSecrets } from '../platform/redact.ts';
import { isolated } from '../platform/stray-errors.ts';
import { type PullContext, siteNamesOf } from '../pull/context.ts';
import { Ledger } from '../pull/ledger.ts';
import { pullTransfer } from '../pull/pull.ts';
import { RecordingQueue } from '../pull/recording-queue.ts';
import { combinedExitCode, Tally, type TransferResult, withoutRun } from '../pull/result.ts';
import { historyOf, isDue } from '../pull/schedule.ts';
import { backupLockName, transferLockName } from '../state/lock.ts';
import type { RunRecord, State } from '../state/state.ts';
import { requireKinds } from './destinations.ts';
import { foundLocked, lockTaken } from './found-locked.ts';
import { deliveredIn } from './pull-output.ts';
import { isScheduled, type PullRequest } from './pull-request.ts';

/** Everything that the transfers of one `ic pull` share. */
export interface PullSession {
  readonly runId: string;
  readonly configuration: Configuration;
  readonly request: PullRequest;
  readonly state: State;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** One appliance per site and process. */
  applianceOf(site: Site): Promise<Appliance>;
  destinationOf(config: DestinationConfig, transfer: Transfer, logger: Logger): Promise<Destination>;
  /** Called when a transfer begins to run: it is due, and nobody else holds it. */
  begun(): void;
}

/** Side by side; one that fails does not hold back another. Rejects only when the run is interrupted. */
export async function runTransfers(
  session: PullSession,
  transfers: readonly Transfer[],
): Promise<readonly TransferResult[]> {
  const runs = await Promise.allSettled(
    transfers.map(async (transfer) => {
      const result = await runTransfer(session, transfer);
      logResult(session.logger.with({ transfer: transfer.name }), result);
      return result;
    }),
  );
  return runs.map((run) => {
    if (run.status === 'rejected') throw run.reason;
    return run.value;
  });
}

/** So that the log shows what ran when: the same run's next lines may be hours later. */
function logBegin({ logger, request }: PullSession, { name, site, destination, data }: Transfer): void {
  const what = request.dryRun ? 'begins a dry run' : 'begins';
  logger.with({ transfer: name }).info(`${what}: ${data.join(', ')} from ${site} to ${destination}`);
}

/** The log tells of every run how it ended; a failure is told to the person who watches, too. */
function logResult(logger: Logger, { status, error, kinds }: TransferResult): void {
  if (error !== null) logger.error(error.hint === null ? error.message : `${error.message} ${error.hint}`);
  if (status === 'not-due' || status === 'locked') return;
  const counts = Object.entries(kinds).map(([kind, { delivered, unchanged, failed, owed }]) => {
    const rest = [
      unchanged > 0 && `${unchanged} unchanged`,
      failed > 0 && `${failed} failed`,
      owed > 0 && `${owed} owed`,
    ];
    return [`${kind} ${delivered} delivered`, ...rest.filter(Boolean)].join(', ');
  });
  logger.info(`${status}: ${counts.join('; ') || 'nothing was asked for'}`);
}

async function runTransfer(session: PullSession, transfer: Transfer): Promise<TransferResult> {
  if (session.request.due && !isTransferDue(session, transfer)) return withoutRun(transfer, 'not-due', null);
  let lock: Lock | null = null;
  try {
    if (!session.request.dryRun) {
      lock = await takeLock(session, transfer);
      if (lock === null) return await foundLocked(session, transfer);
    }
    // Between the first look and the lock another process may have done the work.
    await session.state.refresh();
    if (session.request.due && !isTransferDue(session, transfer))
      return withoutRun(transfer, 'not-due', null);
    await lockTaken(session, transfer);
    session.begun();
    logBegin(session, transfer);
    return await isolated(`transfer ${transfer.name}`, session.signal, (signal) =>
      pullWith({ ...session, signal }, transfer),
    );
  } catch (error) {
    session.signal.throwIfAborted();
    const known = withoutSecrets(toIcError(error), session.configuration.secrets);
    if (known.code !== 'locked') {
      await recordFailure(session, transfer, known);
      return withoutRun(transfer, 'failed', known);
    }
    return withoutRun(transfer, 'locked', known);
  } finally {
    session.progress.done(transfer.name);
    await lock?.release();
  }
}

/** A run that failed before it could begin is in the transfer's history all the same, unless the state is at fault. */
async function recordFailure(session: PullSession, transfer: Transfer, error: IcError): Promise<void> {
  const { request, state, clock, runId, logger } = session;
  if (!isScheduled(request)) return;
  const now = Math.floor(clock.now() / 1000);
  const run: RunRecord = {
    id: runId,
    startedAt: now,
    finishedAt: now,
    status: 'failed',
    exitCode: error.exitCode,
    error: error.toSummary(),
    warnings: [],
    kinds: {},
    retries: 0,
    clockDifference: null,
  };
  const { name, site, destination } = transfer;
  try {
    await state.commit([
      { type: 'begin', transfer: name, site, destination },
      { type: 'run', transfer: name, run },
    ]);
  } catch (thrown) {
    logger.with({ transfer: name }).warn(`The run is not recorded: ${toIcError(thrown).message}`);
  }
}

function isTransferDue(session: PullSession, transfer: Transfer): boolean {
  const now = Math.floor(session.clock.now() / 1000);
  return isDue(transfer, historyOf(session.state.transfer(transfer.name), transfer.data, now), now);
}

/** Longer than `ic status` stands in the way when it looks whether a transfer runs. */
const lookMs = 50;

/** Null: another run holds it. */
async function takeLock(session: PullSession, transfer: Transfer): Promise<Lock | null> {
  const name = await transferLockName(session.configuration.state.path, transfer.name);
  const waitMs = Math.max(session.request.waitLockMs, lookMs);
  const lock = await acquireLock(name, { waitMs, signal: session.signal, clock: systemClock });
  if (lock !== null) await noteLockTaken(name);
  return lock;
}

async function pullWith(session: PullSession, transfer: Transfer): Promise<TransferResult> {
  const { configuration, request, clock, runId, progress, signal } = session;
  const site = configuration.sites.get(transfer.site) as Site;
  const config = configuration.destinations.get(transfer.destination) as DestinationConfig;
  const logger = session.logger.with({ transfer: transfer.name });
  const state = request.adHoc === null ? session.state : null;
  const ledger = new Ledger({ state, transfer: transfer.name, readOnly: request.dryRun, clock });
  const destination = await session.destinationOf(config, transfer, logger);
  await using _ = closing(destination);
  requireKinds(transfer, destination);
  const context: PullContext = {
    runId,
    configured: configuration,
    transfer,
    site: siteNamesOf(site),
    appliance: await session.applianceOf(site),
    destination,
    ledger,
    recordings: new RecordingQueue(ledger, transfer.data),
    tally: new Tally(transfer.data),
    clock,
    logger,
    progress,
    signal,
    selection: request.selection,
    secrets: configuration.secrets,
    formatOf: (kind) => formatOf(config, kind),
    backupLock: await backupLockName(configuration.state.path, site.name),
    lockOf: (name) => transferLockName(configuration.state.path, name),
    dryRun: request.dryRun,
  };
  return await pullTransfer(context, state);
}

function formatOf(config: DestinationConfig, kind: Kind): string | null {
  return config.type === 'file-system' ? (config.kinds.get(kind)?.format ?? null) : null;
}

/** `--fail-on-empty` turns a success that delivered nothing into 3, unless nothing was due. */
export function exitCodeOf(request: PullRequest, results: readonly TransferResult[]): number {
  const combined = combinedExitCode(results);
  const isEmpty = results.some(({ status }) => status !== 'not-due') && deliveredIn(results) === 0;
  return combined === 0 && request.failOnEmpty && isEmpty ? exitCodes.partial : combined;
}
