import type { UnixSeconds } from '../platform/clock.ts';
import { formatAge, formatCount } from '../terminal/format.ts';
import { printable } from '../terminal/text.ts';
import { isHeldTooLong, type Standing, standingOf, type TransferStatus } from './status-facts.ts';

/** What plugins of Nagios, Icinga and their like exit with. */
export const nagiosCodes = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

export interface NagiosReport {
  readonly exitCode: number;
  /** One line with performance data behind a `|`, without its end. */
  readonly line: string;
}

/** `IC CRITICAL: 1 of 3 transfers: hq failed 3 min ago: … | …`, the worst transfer first. */
export function nagiosReport(
  statuses: readonly TransferStatus[],
  now: UnixSeconds,
  maxAge: number | null,
): NagiosReport {
  const judged = statuses.map((status) => ({ status, standing: standingOf(status, now) }));
  const bad = (['failing', 'doubtful'] as const).flatMap((standing) =>
    judged.filter((each) => each.standing === standing),
  );
  const [worst] = bad;
  const [exitCode, word] = worst === undefined ? verdicts.well : verdicts[worst.standing];
  const said =
    worst === undefined
      ? `${formatCount(statuses.length, 'transfer')} in order`
      : `${bad.length} of ${formatCount(statuses.length, 'transfer')}: ${bad.map(({ status }) => describe(status, now)).join('; ')}`;
  const data = statuses.flatMap((status) => performanceOf(status, now, maxAge)).join(' ');
  return { exitCode, line: `IC ${word}: ${plain(said)}${data === '' ? '' : ` | ${data}`}` };
}

/** When it cannot be known how things are. */
export function nagiosUnknown(message: string): NagiosReport {
  return { exitCode: nagiosCodes.unknown, line: `IC UNKNOWN: ${plain(message)}` };
}

const verdicts: Readonly<Record<Standing, readonly [exitCode: number, word: string]>> = {
  well: [nagiosCodes.ok, 'OK'],
  doubtful: [nagiosCodes.warning, 'WARNING'],
  failing: [nagiosCodes.critical, 'CRITICAL'],
};

/** A `|` begins the performance data, and a line end the text that few look at. */
function plain(text: string): string {
  return printable(text).replaceAll('|', '/');
}

function describe(status: TransferStatus, now: UnixSeconds): string {
  const { transfer, known, lastSuccess, owed } = status;
  const run = known?.lastRun ?? null;
  const success = lastSuccess === null ? 'never' : formatAge(lastSuccess, now);
  const overdue = owed.reduce((sum, group) => sum + group.overdue, 0);
  const parts = [
    status.status === 'never-ran' && 'never ran',
    run !== null && run.status !== 'ok' && `${run.status} ${formatAge(run.startedAt, now)}`,
    (run?.error?.message ?? run?.warnings[0])?.replace(/\.$/, ''),
    overdue > 0 && `${overdue} owed for too long`,
    status.isOverdue && `due ${formatAge(status.nextDue, now)}, and not started`,
    isHeldTooLong(status, now) && 'held by another run for too long',
    `last success ${success}`,
  ];
  return `${transfer.name}: ${parts.filter((part) => typeof part === 'string').join(', ')}`;
}

/** Seconds since the last success (`U`: there was none) and items owed. */
function performanceOf(
  { transfer: { name }, lastSuccess, known }: TransferStatus,
  now: UnixSeconds,
  maxAge: number | null,
): readonly string[] {
  const age = lastSuccess === null ? 'U' : `${Math.max(0, now - lastSuccess)}s`;
  const owed = [...(known?.kinds.values() ?? [])].reduce((sum, kind) => sum + kind.owed, 0);
  return [`'${name}_age'=${age};;${maxAge ?? ''};0`, `'${name}_owed'=${owed};;;0`];
}
