import { closing } from '../platform/closing.ts';
import { toIcError } from '../platform/errors.ts';
import { Interruption } from '../platform/interruption.ts';
import type { TransferResult } from '../pull/result.ts';
import { openState } from '../state/store.ts';
import { colorsOf, toned } from '../terminal/colors.ts';
import type { Log } from '../terminal/log.ts';
import { renderTable } from '../terminal/table.ts';
import { beginRun } from './begin-run.ts';
import type { CommandBody, CommandContext } from './command.ts';
import { createDestination } from './destinations.ts';
import { loadConfiguration } from './load-configuration.ts';
import {
  type PullReport,
  pullColumns,
  pullRows,
  summarize,
  toneOfRun,
  transferToJson,
} from './pull-output.ts';
import { chooseTransfers, type PullRequest, readPullRequest } from './pull-request.ts';
import { exitCodeOf, type PullSession, runTransfers } from './pull-run.ts';
import { watchPull } from './pull-watch.ts';

/** `ic pull`: reads what is asked, runs the transfers side by side, says what came of it. */
export const pullBody: CommandBody = async (arguments_, context) => {
  const request = readPullRequest(arguments_, context.clock.now());
  const configuration = await loadConfiguration(context);
  const transfers = chooseTransfers(request, configuration);
  const { clock, common, io } = context;
  await using run = await beginRun(configuration, context);
  const { runId, log, progress, appliances } = run;
  const watch = await watchPull({ configuration, request, transfers, runId, log }, context);
  try {
    const state = await openState(configuration.state.path, {
      clock,
      logger: log.logger,
      signal: context.signal,
    });
    await using _ = closing(state);
    for (const notice of state.notices) {
      log.logger[notice.level](notice.message);
      // The log leaves warnings out; that the state was damaged is no progress.
      if (common.quiet && notice.level === 'warn') io.error.write(`ic: warning: ${notice.message}\n`);
    }
    const session: PullSession = {
      runId,
      configuration,
      request,
      state,
      clock,
      logger: log.logger,
      progress,
      signal: context.signal,
      applianceOf: (site) => appliances.of(site),
      destinationOf: (config, transfer, logger) =>
        createDestination(config, {
          transfer: transfer.name,
          site: transfer.site,
          kinds: transfer.data,
          clock,
          logger,
        }),
      begun: () => watch.begun(),
    };
    const startedAt = clock.now();
    const results = await runTransfers(session, transfers);
    progress.stop();
    const report = toReport(runId, request, results, startedAt, clock.now());
    await print(context, request, results, report);
    await watch.ended({ state, results, report });
    return report.exit_code;
  } catch (error) {
    noteInLog(log, error);
    await watch.brokenOff(error);
    throw error;
  }
};

/** Standard error is told by whoever ends the process. */
function noteInLog(log: Log, thrown: unknown): void {
  if (thrown instanceof Interruption) {
    log.note('warn', thrown.message);
    return;
  }
  const { message, hint } = toIcError(thrown);
  log.note('error', hint === null ? message : `${message} ${hint}`);
}

async function print(
  context: CommandContext,
  request: PullRequest,
  results: readonly TransferResult[],
  report: PullReport,
): Promise<void> {
  const { io, common } = context;
  if (common.json) {
    io.output.write(`${JSON.stringify(report)}\n`);
    return;
  }
  if (common.quiet && report.exit_code === 0) return;
  const ran = results.filter((result) => result.status !== 'not-due');
  const colors = await colorsOf(io.output);
  if (ran.length > 0)
    io.output.write(renderTable(pullColumns, pullRows(ran), { width: io.output.columns, colors }));
  io.output.write(`${toned(colors, toneOfRun(results), summarize(results, request.dryRun))}\n`);
}

function toReport(
  runId: string,
  request: PullRequest,
  results: readonly TransferResult[],
  startedAt: number,
  finishedAt: number,
): PullReport {
  const exitCode = exitCodeOf(request, results);
  return {
    command: 'pull',
    run_id: runId,
    exit_code: exitCode,
    ...(request.dryRun ? { dry_run: true } : {}),
    started_at: new Date(startedAt).toISOString(),
    finished_at: new Date(finishedAt).toISOString(),
    transfers: results.map(transferToJson),
  };
}
