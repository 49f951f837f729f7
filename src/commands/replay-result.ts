import { exitCodes, IcError } from '../platform/errors.ts';
import { redact, withoutSecrets } from '../platform/redact.ts';
import type { PullContext } from '../pull/context.ts';
import type { Tally } from '../pull/result.ts';
import type { CommandContext } from './command.ts';
import { printError } from './print-error.ts';
import type { ReplayRequest } from './replay-request.ts';

export interface ReplayResult {
  readonly exitCode: number;
  /** What failed first, or as a whole; null only with exit code 0. */
  readonly error: IcError | null;
  /** Whether the error ended the replay, and nobody was told of it yet. */
  readonly isUntold: boolean;
}

/** What a replay comes to; `thrown` is what ended it early. What failed by itself stands in the tally. */
export function replayResult({ tally, secrets }: PullContext, thrown: IcError | null): ReplayResult {
  const cause = thrown ?? failureIn(tally);
  if (cause === null) return { exitCode: 0, error: null, isUntold: false };
  const stored = tally.total('delivered') + tally.total('unchanged') + tally.total('skipped');
  return {
    exitCode: stored > 0 ? exitCodes.partial : cause.exitCode,
    error: withoutSecrets(cause, secrets),
    isUntold: thrown !== null,
  };
}

function failureIn(tally: Tally): IcError | null {
  if (tally.firstFailure !== null) return tally.firstFailure;
  const [warning] = tally.warnings;
  if (warning !== undefined) return new IcError('partial', warning);
  const failed = tally.total('failed');
  return failed === 0 ? null : new IcError('partial', `${failed} could not be stored.`);
}

/** The result alone: what failed by itself has been logged. */
export function printResult(
  request: ReplayRequest,
  { transfer, tally, secrets }: PullContext,
  { io, common }: CommandContext,
  { exitCode, error, isUntold }: ReplayResult,
): void {
  if (common.json) {
    const document = {
      command: 'replay',
      exit_code: exitCode,
      site: transfer.site,
      destination: request.destination,
      kinds: tally.counts(),
      warnings: tally.warnings.map((warning) => redact(warning, secrets)),
      error: error?.toSummary() ?? null,
    };
    io.output.write(`${JSON.stringify(document)}\n`);
    return;
  }
  if (error !== null && isUntold) printError(io, error);
  if (common.quiet && exitCode === 0) return;
  const parts = (['delivered', 'unchanged', 'skipped', 'failed'] as const)
    .filter((key) => key === 'delivered' || tally.total(key) > 0)
    .map((key) => `${tally.total(key)} ${key}`);
  io.output.write(`Replayed into ${request.destination}: ${parts.join(', ')}.\n`);
}
