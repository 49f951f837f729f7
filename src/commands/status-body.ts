import { resolve } from 'node:path';
import type { Transfer } from '../config/configuration.ts';
import { toIso, type UnixSeconds } from '../platform/clock.ts';
import { exitCodes } from '../platform/errors.ts';
import { historyOf, nextDue } from '../pull/schedule.ts';
import type { KindState, State, TransferState } from '../state/state.ts';
import { openState } from '../state/store.ts';
import { formatBytes, formatInstant } from '../terminal/format.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandBody, CommandContext } from './command.ts';
import { parseSpan } from './instants.ts';
import { loadConfiguration } from './load-configuration.ts';

/** `ic status`: asks only the state, never a network. */
export const statusBody: CommandBody = async (arguments_, context) => {
  const maxAge = arguments_.text('max-age');
  const maxAgeSeconds = maxAge === null ? null : parseSpan(maxAge, 'max-age');
  const configuration = await loadConfiguration(context);
  const state = await openState(configuration.state.path, { clock: context.clock, signal: context.signal });
  for (const notice of state.notices) {
    if (notice.level === 'warn') context.io.error.write(`ic: ${notice.message}\n`);
  }
  const now = Math.floor(context.clock.now() / 1000);
  const statuses = [...configuration.transfers.values()].map((transfer) =>
    statusOf(transfer, state, now, maxAgeSeconds),
  );
  const late = statuses.filter((status) => status.tooOld);
  const exitCode = late.length > 0 ? exitCodes.partial : 0;
  const page = arguments_.text('html');
  if (page !== null) await writePage(resolve(context.workingDirectory, page), statuses, state, now);
  print(context, statuses, exitCode);
  return exitCode;
};

async function writePage(
  path: string,
  statuses: readonly TransferStatus[],
  state: State,
  now: UnixSeconds,
): Promise<void> {
  const { renderStatusPage } = await import('../terminal/page/status-page.ts');
  const { writeOutputFile } = await import('../platform/output-file.ts');
  const transfers = statuses.map(({ transfer: { name, site, destination }, ...rest }) => ({
    ...rest,
    name,
    site,
    destination,
    days: state.days(name),
    runs: state.runs(name),
  }));
  await writeOutputFile(path, Buffer.from(renderStatusPage(transfers, now)));
}

interface TransferStatus {
  readonly transfer: Transfer;
  readonly known: TransferState | null;
  readonly status: string;
  readonly lastSuccess: UnixSeconds | null;
  readonly nextDue: UnixSeconds;
  readonly tooOld: boolean;
}

function statusOf(transfer: Transfer, state: State, now: UnixSeconds, maxAge: number | null): TransferStatus {
  const known = state.transfer(transfer.name);
  const lastSuccess = known?.lastSuccess ?? null;
  return {
    transfer,
    known,
    status: known?.lastRun?.status ?? 'never-ran',
    lastSuccess,
    // A transfer that never ran is due at once.
    nextDue: nextDue(transfer, historyOf(known, transfer.data, now)) ?? now,
    tooOld: maxAge !== null && (lastSuccess === null || Math.abs(now - lastSuccess) > maxAge),
  };
}

function print(context: CommandContext, statuses: readonly TransferStatus[], exitCode: number): void {
  const { io, common } = context;
  if (common.json) {
    io.output.write(
      `${JSON.stringify({ command: 'status', exit_code: exitCode, transfers: statuses.map(toJson) })}\n`,
    );
    return;
  }
  for (const { tooOld, transfer, lastSuccess } of statuses) {
    if (tooOld) io.error.write(`ic: ${transfer.name}: last success ${optionalIso(lastSuccess) ?? 'never'}\n`);
  }
  if (!common.quiet)
    io.output.write(renderTable(headings, statuses.flatMap(rowsOf), { width: io.output.columns }));
}

function toJson({ transfer, known, status, lastSuccess, nextDue: due, tooOld }: TransferStatus) {
  const run = known?.lastRun ?? null;
  const kinds = transfer.data.map((kind) => {
    const kindState = known?.kinds.get(kind);
    return [
      kind,
      {
        watermark: optionalIso(kindState?.watermark ?? null),
        delivered: kindState?.delivered ?? 0,
        bytes: kindState?.bytes ?? 0,
        owed: kindState?.owed ?? 0,
        unobtainable: kindState?.unobtainable ?? 0,
        open: kindState?.open ?? 0,
      },
    ];
  });
  return {
    name: transfer.name,
    site: transfer.site,
    destination: transfer.destination,
    status,
    last_run: run && toIso(run.startedAt),
    last_success: optionalIso(lastSuccess),
    next_due: toIso(due),
    too_old: tooOld,
    exit_code: run?.exitCode ?? null,
    failing_since: optionalIso(known?.failingSince ?? null),
    clock_difference_s: known?.clockDifference ?? null,
    error: run?.error ?? null,
    kinds: Object.fromEntries(kinds),
  };
}

const headings = [
  'transfer',
  'kind',
  'status',
  'watermark',
  'last run',
  'next due',
  'delivered',
  'bytes',
  'owed',
  'clock',
];

function rowsOf({ transfer, known, status, nextDue: due }: TransferStatus): readonly (readonly string[])[] {
  return transfer.data.map((kind) => {
    const kindState = known?.kinds.get(kind);
    const difference = known?.clockDifference ?? null;
    return [
      transfer.name,
      kind,
      status,
      optionalInstant(kindState?.watermark ?? null) ?? '–',
      optionalInstant(known?.lastRun?.startedAt ?? null) ?? 'never',
      formatInstant(due),
      String(kindState?.delivered ?? 0),
      formatBytes(kindState?.bytes ?? 0),
      owedText(kindState),
      difference === null ? '' : `${difference > 0 ? '+' : ''}${Math.round(difference)} s`,
    ];
  });
}

/** `2` or, with what had expired or was given up, `2 (3 lost)`. */
function owedText(kind: KindState | undefined): string {
  const { owed = 0, unobtainable = 0 } = kind ?? {};
  return unobtainable === 0 ? String(owed) : `${owed} (${unobtainable} lost)`;
}

function optionalIso(time: UnixSeconds | null): string | null {
  return time === null ? null : toIso(time);
}

function optionalInstant(time: UnixSeconds | null): string | null {
  return time === null ? null : formatInstant(time);
}
