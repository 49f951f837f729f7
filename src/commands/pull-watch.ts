import type { Configuration, Transfer } from '../config/configuration.ts';
import type { EndedRun } from '../notify/notify.ts';
import type { Pinger } from '../notify/pinger.ts';
import { toIcError } from '../platform/errors.ts';
import { isHeldTooLong, type TransferResult, withoutRun } from '../pull/result.ts';
import type { State } from '../state/state.ts';
import type { Log } from '../terminal/log.ts';
import type { CommandContext } from './command.ts';
import { measure } from './pull-metrics.ts';
import { type PullReport, transferToJson } from './pull-output.ts';
import { isScheduled, type PullRequest } from './pull-request.ts';
import { exitCodeOf } from './pull-run.ts';

/** Who is told of a pull besides whoever started it. Nothing here changes what the run has stored or its exit code. */
export interface PullWatch {
  /** A transfer begins to run. */
  begun(): void;
  /** The run is recorded, and printed. */
  ended(run: WatchedRun): Promise<void>;
  /** The run came to no result. */
  brokenOff(cause: unknown): Promise<void>;
}

export interface WatchedRun {
  readonly state: State;
  readonly results: readonly TransferResult[];
  readonly report: PullReport;
}

export interface WatchOptions {
  readonly configuration: Configuration;
  readonly request: PullRequest;
  readonly transfers: readonly Transfer[];
  readonly runId: string;
  readonly log: Log;
}

/** How long people and monitors may hold up the end of a run, and of one that was interrupted. */
const patienceMs = { ended: 20_000, interrupted: 3_000 };

/** Another run is at work, as it may be now and then. */
function isOnlyLocked(result: TransferResult): boolean {
  return result.status === 'locked' && !isHeldTooLong(result);
}

const nobody: PullWatch = { begun: () => {}, ended: async () => {}, brokenOff: async () => {} };

export async function watchPull(options: WatchOptions, context: CommandContext): Promise<PullWatch> {
  const { request } = options;
  if (!isScheduled(request)) return nobody;
  const pinger = await createPinger(options, context);
  return {
    begun: () => pinger?.start(),
    ended: async ({ state, results, report }) => {
      const ran = results.filter((result) => result.status !== 'not-due' && !isOnlyLocked(result));
      const startedAt = Math.floor(Date.parse(report.started_at) / 1000);
      if (results.some(({ status }) => status !== 'not-due')) {
        await measure(
          { state, results: ran.filter(({ status }) => status !== 'locked'), startedAt },
          options,
        );
      }
      if (ran.length === 0) return;
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs.ended)]);
      const healthy = exitCodeOf(request, ran) === 0;
      const run = { id: report.run_id, startedAt, exitCode: report.exit_code, results: ran, summary: report };
      await Promise.all([
        pinger?.end(healthy ? { type: 'success' } : { type: 'fail', log: endOfLog(options) }, signal),
        notify(run, state, options, context, signal),
      ]);
    },
    brokenOff: async (cause) => {
      const interrupted = context.signal.aborted;
      // Whoever interrupts a run waits for it; nobody need hear of one that had not begun.
      if (interrupted && !pinger?.hasStarted) return;
      const run = failedRun(cause, options, context);
      if (!interrupted) await measure({ ...run, state: null }, options);
      const log = endOfLog(options);
      const signal = AbortSignal.timeout(interrupted ? patienceMs.interrupted : patienceMs.ended);
      await Promise.all([
        pinger?.end({ type: 'fail', log }, signal),
        interrupted ? null : notify(run, null, options, context, signal),
      ]);
    },
  };
}

/** A run of which nothing is recorded, because the state could not be opened: every transfer has failed. */
function failedRun(cause: unknown, { transfers, runId }: WatchOptions, { clock }: CommandContext): EndedRun {
  const error = toIcError(cause);
  const results = transfers.map((transfer) => withoutRun(transfer, 'failed', error));
  const summary = {
    command: 'pull',
    run_id: runId,
    exit_code: error.exitCode,
    transfers: results.map(transferToJson),
    error: error.toSummary(),
  };
  return { id: runId, startedAt: Math.floor(clock.now() / 1000), exitCode: error.exitCode, results, summary };
}

async function createPinger(
  { configuration, log }: WatchOptions,
  { clock, environment: env }: CommandContext,
): Promise<Pinger | null> {
  const { ping } = configuration.notify;
  if (ping === null) return null;
  const { Pinger } = await import('../notify/pinger.ts');
  return new Pinger(ping.url, { clock, env, logger: log.logger });
}

function endOfLog({ log }: WatchOptions): string {
  return log.tail(200);
}

async function notify(
  run: EndedRun,
  state: State | null,
  { configuration, log }: WatchOptions,
  { clock, environment: env }: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const { mail, webhook } = configuration.notify;
  if (mail === null && webhook === null) return;
  const { notifyPeople } = await import('../notify/notify.ts');
  await notifyPeople(run, { configuration, state, clock, env, logger: log.logger }, signal);
}
