import { type ErrorCode, type IcError, toIcError } from '../platform/errors.ts';
import { redact, withoutSecrets } from '../platform/redact.ts';
import type { RunRecord, State } from '../state/state.ts';
import { pullNamed, pullPeriod } from './asked-for.ts';
import { pullBackup } from './backup.ts';
import { beginTransfer } from './begin.ts';
import { recordClaims } from './claims.ts';
import type { Moment, PullContext } from './context.ts';
import { downloadRecordings } from './download.ts';
import { oweAgainWhatWasGivenUpTooEarly } from './given-up.ts';
import { tellOverdue } from './overdue.ts';
import { pullStream } from './pull-stream.ts';
import { streamsOf } from './report-stream.ts';
import { firstWarnings, headsOf, judge, type TransferResult } from './result.ts';
import { noteEnds, presentMoment } from './time.ts';
import { watchDestination } from './watched-destination.ts';
import type { Window } from './window.ts';

/**
 * One pull of one transfer, from the appliance's time to the recorded result. The caller holds the transfer's lock and
 * closes the destination. Failures end in the result; only an interruption is thrown.
 */
export async function pullTransfer(context: PullContext, state: State | null): Promise<TransferResult> {
  const startedAt = context.clock.now();
  const progress: RunProgress = { window: null, moment: null, error: null };
  try {
    await pullEverything(context, state, progress);
  } catch (error) {
    if (context.signal.aborted) await context.ledger.flush();
    context.signal.throwIfAborted();
    progress.error ??= toIcError(error);
  }
  return finish(context, progress, startedAt);
}

interface RunProgress {
  window: Window | null;
  moment: Moment | null;
  error: IcError | null;
}

async function pullEverything(
  context: PullContext,
  state: State | null,
  progress: RunProgress,
): Promise<void> {
  const watched = watchDestination(context.transfer.destination, context.destination, context.signal);
  const run = { ...context, destination: watched.destination };
  await beginTransfer(run, state);
  const moment = await presentMoment(run);
  progress.moment = moment;
  await oweAgainWhatWasGivenUpTooEarly(context, moment);
  for (const step of stepsOf(run, moment, progress, state !== null)) {
    await attempt(step, run, progress, watched.isFailure);
  }
}

/** A part of a pull. What goes wrong in it keeps no other part from its turn. */
interface Step {
  /** What it brings, for messages. */
  readonly name: string;
  readonly run: () => Promise<void>;
}

function stepsOf(
  context: PullContext,
  moment: Moment,
  progress: RunProgress,
  isConfigured: boolean,
): readonly Step[] {
  const { transfer, selection } = context;
  // A backup is claimed as it is taken.
  const claimed = transfer.data.filter((kind) => kind !== 'backups');
  const steps: Step[] = [
    ...reportSteps(context, moment, progress),
    { name: 'recordings', run: () => downloadRecordings(context, moment) },
    { name: 'record of what is delivered', run: () => recordClaims(context, claimed, moment) },
  ];
  // A transfer that was made up for this run has no other one in which to take it.
  const takesBackup = selection.type === 'incremental' || !isConfigured;
  if (transfer.data.includes('backups') && takesBackup)
    steps.push({ name: 'backup', run: () => pullBackup(context) });
  return steps;
}

function reportSteps(context: PullContext, moment: Moment, progress: RunProgress): readonly Step[] {
  const { selection } = context;
  const streams = streamsOf(context.transfer.data);
  if (selection.type === 'sessions') {
    return [{ name: 'reports', run: () => pullNamed(context, streams, moment, selection.lsids) }];
  }
  return streams.map((stream) => ({
    name: `report of ${stream.recordKind}`,
    run: async () => {
      const window =
        selection.type === 'window'
          ? await pullPeriod(context, stream, moment, selection)
          : await pullStream(context, stream, moment);
      progress.window = join(progress.window, window);
    },
  }));
}

/**
 * Runs one step. The first error of all is the run's; later ones are logged. These end the run: an interruption, a
 * destination that failed as a whole, and what fails on this machine (`io`, such as the state). Everything else is one
 * step's alone: a site that refuses, cannot be reached or answers strangely, and defects.
 */
async function attempt(
  step: Step,
  { signal, logger }: PullContext,
  progress: RunProgress,
  isDestinations: (error: unknown) => boolean,
): Promise<void> {
  try {
    await step.run();
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toIcError(thrown);
    if (isDestinations(error) || endsRun.has(error.code)) throw error;
    if (progress.error === null) progress.error = error;
    else logger.error(`The ${step.name} failed, too: ${error.message}${error.hint ? ` ${error.hint}` : ''}`);
  }
}

const endsRun: ReadonlySet<ErrorCode> = new Set(['io', 'configuration']);

function join(a: Window | null, b: Window): Window {
  if (a === null) return b;
  return { from: Math.min(a.from, b.from), until: Math.max(a.until, b.until) };
}

async function finish(
  context: PullContext,
  progress: RunProgress,
  startedAt: number,
): Promise<TransferResult> {
  const recorded = await record(context, progress, startedAt);
  const { transfer, ledger, tally, appliance } = context;
  const watermarks = transfer.data.flatMap((kind) => ledger.kind(kind)?.watermark ?? []);
  return {
    name: transfer.name,
    site: transfer.site,
    destination: transfer.destination,
    status: recorded.status,
    exitCode: recorded.exitCode,
    window: progress.window,
    watermark: watermarks.length > 0 ? Math.min(...watermarks) : null,
    clockDifference: appliance.clockDifference(),
    kinds: tally.counts(),
    open: transfer.data.reduce((sum, kind) => sum + ledger.openSessions(kind).length, 0),
    retries: appliance.retries(),
    error: recorded.error,
    warnings: tally.warnings.map((warning) => redact(warning, context.secrets)),
    heads: headsOf(context.destination, transfer.data),
  };
}

/** Writes the run into the state with whatever has gathered. A state that cannot be written is the run's failure. */
async function record(context: PullContext, progress: RunProgress, startedAt: number) {
  const { ledger, tally, transfer, appliance, clock } = context;
  try {
    await ledger.flushItems();
  } catch (error) {
    progress.error ??= toIcError(error);
  }
  const error = progress.error && withoutSecrets(progress.error, context.secrets);
  if (progress.moment !== null) noteEnds(context, progress.moment, (clock.now() - startedAt) / 1000);
  for (const sentence of tally.complaints.rest()) context.logger.warn(sentence);
  for (const kind of transfer.data) tally.owed(kind, ledger.owed(kind).length);
  const overdue = tellOverdue(context, progress.moment);
  const verdict = judge(tally, error, overdue);
  const run: RunRecord = {
    id: context.runId,
    startedAt: Math.floor(startedAt / 1000),
    finishedAt: Math.floor(clock.now() / 1000),
    status: verdict.status as RunRecord['status'],
    exitCode: verdict.exitCode,
    error: error?.toSummary() ?? null,
    warnings: firstWarnings(tally.warnings.map((warning) => redact(warning, context.secrets))),
    kinds: tally.counts(),
    retries: appliance.retries(),
    clockDifference: appliance.clockDifference(),
  };
  try {
    // A run that failed early has not begun the transfer; beginning it twice changes nothing.
    ledger.begin(transfer.site, transfer.destination);
    // What was asked for by name, or for a period, is not the transfer's run: its schedule and its failures stand.
    const isItsRun = context.selection.type === 'incremental';
    await ledger.flushWith(isItsRun ? [{ type: 'run', transfer: transfer.name, run }] : []);
    return { ...verdict, error };
  } catch (thrown) {
    const failure = error ?? toIcError(thrown);
    return { ...judge(tally, failure, overdue), error: failure };
  }
}
