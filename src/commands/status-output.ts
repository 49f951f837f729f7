import type { Transfer } from '../config/configuration.ts';
import { toIso, type UnixSeconds } from '../platform/clock.ts';
import type { FoundLocked, KindState, TransferState } from '../state/state.ts';
import { formatBytes, formatInstant } from '../terminal/format.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command.ts';

/** What `ic status` tells of one transfer. */
export interface TransferStatus {
  readonly transfer: Transfer;
  readonly known: TransferState | null;
  readonly locked: FoundLocked | null;
  readonly status: string;
  readonly lastSuccess: UnixSeconds | null;
  readonly nextDue: UnixSeconds;
  readonly tooOld: boolean;
}

/** The document of `--json`, or a table for people. */
export function printStatus(
  context: CommandContext,
  statuses: readonly TransferStatus[],
  { exitCode, isPagePrinted }: { readonly exitCode: number; readonly isPagePrinted: boolean },
): void {
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
  if (!common.quiet && !isPagePrinted)
    io.output.write(renderTable(headings, statuses.flatMap(rowsOf), { width: io.output.columns }));
}

function toJson({ transfer, known, locked, status, lastSuccess, nextDue: due, tooOld }: TransferStatus) {
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
    locked: locked?.count ?? 0,
    locked_since: optionalIso(locked?.since ?? null),
    clock_difference_s: known?.clockDifference ?? null,
    error: run?.error ?? null,
    warnings: run?.warnings ?? [],
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

function rowsOf({
  transfer,
  known,
  locked,
  status,
  nextDue: due,
}: TransferStatus): readonly (readonly string[])[] {
  return transfer.data.map((kind) => {
    const kindState = known?.kinds.get(kind);
    const difference = known?.clockDifference ?? null;
    return [
      transfer.name,
      kind,
      locked === null ? status : `${status}, locked`,
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
