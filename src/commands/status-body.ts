import { resolve } from 'node:path';
import type { Transfer } from '../config/configuration.ts';
import type { UnixSeconds } from '../platform/clock.ts';
import { closing } from '../platform/closing.ts';
import { exitCodes } from '../platform/errors.ts';
import { historyOf, nextDue } from '../pull/schedule.ts';
import type { State } from '../state/state.ts';
import { openState } from '../state/store.ts';
import type { CommandBody, CommandContext } from './command.ts';
import { parseSpan } from './instants.ts';
import { loadConfiguration } from './load-configuration.ts';
import { printStatus, type TransferStatus } from './status-output.ts';
import { usageError } from './usage-error.ts';

/** `ic status`: asks only the state, never a network. */
export const statusBody: CommandBody = async (arguments_, context) => {
  const maxAge = arguments_.text('max-age');
  const maxAgeSeconds = maxAge === null ? null : parseSpan(maxAge, 'max-age');
  const page = arguments_.text('html');
  if (page === '-' && context.common.json)
    throw usageError('--html - and --json both write to standard output: give the page a file.');
  const configuration = await loadConfiguration(context);
  const state = await openState(configuration.state.path, { clock: context.clock, signal: context.signal });
  await using _ = closing(state);
  for (const notice of state.notices) {
    if (notice.level === 'warn') context.io.error.write(`ic: ${notice.message}\n`);
  }
  const now = Math.floor(context.clock.now() / 1000);
  const statuses = [...configuration.transfers.values()].map((transfer) =>
    statusOf(transfer, state, now, maxAgeSeconds),
  );
  const late = statuses.filter((status) => status.tooOld);
  const exitCode = late.length > 0 ? exitCodes.partial : 0;
  if (page !== null) await writePage(page, await renderPage(statuses, state, now), context);
  printStatus(context, statuses, { exitCode, isPagePrinted: page === '-' });
  return exitCode;
};

async function renderPage(
  statuses: readonly TransferStatus[],
  state: State,
  now: UnixSeconds,
): Promise<string> {
  const { renderStatusPage } = await import('../terminal/page/status-page.ts');
  const transfers = statuses.map(({ transfer: { name, site, destination }, ...rest }) => ({
    ...rest,
    name,
    site,
    destination,
    days: state.days(name),
    runs: state.runs(name),
  }));
  return renderStatusPage(transfers, now);
}

async function writePage(
  file: string,
  page: string,
  { io, workingDirectory }: CommandContext,
): Promise<void> {
  if (file === '-') {
    io.output.write(page);
    return;
  }
  const { writeOutputFile } = await import('../platform/output-file.ts');
  await writeOutputFile(resolve(workingDirectory, file), Buffer.from(page));
}

function statusOf(transfer: Transfer, state: State, now: UnixSeconds, maxAge: number | null): TransferStatus {
  const known = state.transfer(transfer.name);
  const lastSuccess = known?.lastSuccess ?? null;
  return {
    transfer,
    known,
    locked: state.foundLocked(transfer.name),
    status: known?.lastRun?.status ?? 'never-ran',
    lastSuccess,
    // A transfer that never ran is due at once.
    nextDue: nextDue(transfer, historyOf(known, transfer.data, now)) ?? now,
    tooOld: maxAge !== null && (lastSuccess === null || Math.abs(now - lastSuccess) > maxAge),
  };
}
