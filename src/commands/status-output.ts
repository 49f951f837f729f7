import { toIso, type UnixSeconds } from '../platform/clock.ts';
import type { KindState } from '../state/state.ts';
import { type Colors, colorsOf, toned } from '../terminal/colors.ts';
import type { CommandContext } from './command.ts';
import { describeStatus, verdictOn } from './status-blocks.ts';
import { isHeldTooLong, standingOf, type TransferStatus } from './status-facts.ts';

export interface Shown {
  readonly statuses: readonly TransferStatus[];
  readonly now: UnixSeconds;
  readonly exitCode: number;
  /** `--failing` left the others out. */
  readonly onlyFailing: boolean;
  readonly isPagePrinted: boolean;
}

/** The document of `--json`, or what a person reads. */
export async function printStatus({ io, common }: CommandContext, shown: Shown): Promise<void> {
  const { statuses, now, exitCode } = shown;
  if (common.json) {
    const transfers = statuses.map((status) => toJson(status, now));
    const document = { command: 'status', exit_code: exitCode, transfers, error: null };
    io.output.write(`${JSON.stringify(document)}\n`);
    return;
  }
  for (const { tooOld, transfer, lastSuccess } of statuses) {
    if (tooOld) io.error.write(`ic: ${transfer.name}: last success ${optionalIso(lastSuccess) ?? 'never'}\n`);
  }
  if (common.quiet || shown.isPagePrinted) return;
  const options = { width: io.output.columns, colors: await colorsOf(io.output), now };
  io.output.write(`${describeStatus(statuses, options)}${lastLine(shown, options.colors)}`);
}

function lastLine({ statuses, now, onlyFailing }: Shown, colors: Colors): string {
  if (onlyFailing && statuses.length === 0) return `${toned(colors, 'ok', 'No transfer needs a look.')}\n`;
  const standings = statuses.map((status) => standingOf(status, now));
  const { tone, text } = verdictOn(standings);
  return `${toned(colors, tone, text)}\n`;
}

function toJson(status: TransferStatus, now: UnixSeconds) {
  const { transfer, known, locked, lastSuccess, nextDue: due, tooOld, running, owed } = status;
  const run = known?.lastRun ?? null;
  const kinds = transfer.data.map((kind) => [kind, kindToJson(known?.kinds.get(kind) ?? null)]);
  return {
    name: transfer.name,
    site: transfer.site,
    destination: transfer.destination,
    status: status.status,
    last_run: run && toIso(run.startedAt),
    last_success: optionalIso(lastSuccess),
    next_due: toIso(due),
    overdue: status.isOverdue,
    too_old: tooOld,
    exit_code: run?.exitCode ?? null,
    failing_since: optionalIso(known?.failingSince ?? null),
    running: running && { since: toIso(running.since), pid: running.pid },
    locked: locked?.count ?? 0,
    locked_since: optionalIso(locked?.since ?? null),
    held_too_long: isHeldTooLong(status, now),
    clock_difference_s: known?.clockDifference ?? null,
    error: run?.error ?? null,
    warnings: run?.warnings ?? [],
    owed: owed.map(({ kind, status: what, count, overdue, since, nextTry, reason }) => ({
      kind,
      status: what,
      count,
      overdue,
      since: toIso(since),
      next_try: toIso(nextTry),
      reason,
    })),
    kinds: Object.fromEntries(kinds),
  };
}

function kindToJson(kind: KindState | null) {
  return {
    watermark: optionalIso(kind?.watermark ?? null),
    delivered: kind?.delivered ?? 0,
    bytes: kind?.bytes ?? 0,
    owed: kind?.owed ?? 0,
    unobtainable: kind?.unobtainable ?? 0,
    open: kind?.open ?? 0,
  };
}

function optionalIso(time: UnixSeconds | null): string | null {
  return time === null ? null : toIso(time);
}
