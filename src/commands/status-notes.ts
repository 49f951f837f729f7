import type { UnixSeconds } from '../platform/clock.ts';
import { type Tone, toneOf } from '../terminal/colors.ts';
import { formatAge, formatCount, formatDuration } from '../terminal/format.ts';
import { isHeldTooLong, type OwedGroup, type TransferStatus } from './status-facts.ts';

/** Something that a person should know of a transfer, and what helps. */
export interface StatusNote {
  readonly tone: Tone;
  readonly text: string;
  readonly hint: string | null;
}

/** Why it fails, what is owed and why, what runs, who holds it: nothing of a transfer that is well and at rest. */
export function notesOf(status: TransferStatus, now: UnixSeconds): readonly StatusNote[] {
  return [
    ...failure(status, now),
    ...status.owed.map((group) => owedNote(group, status, now)),
    ...running(status, now),
    ...locked(status, now),
    ...overdue(status),
  ];
}

/** The lines that the pull itself printed. */
function failure({ known }: TransferStatus, now: UnixSeconds): readonly StatusNote[] {
  const run = known?.lastRun ?? null;
  if (run === null || run.status === 'ok') return [];
  const tone = toneOf(run.status);
  const since = known?.failingSince ?? null;
  const duration = since === null ? [] : [`failing for ${formatDuration(Math.max(0, now - since))}`];
  const error = run.error === null ? [] : [{ tone, text: run.error.message, hint: run.error.hint }];
  return [
    ...duration.map((text) => ({ tone, text, hint: null })),
    ...error,
    ...run.warnings.map((text) => ({ tone: 'warn' as const, text, hint: null })),
  ];
}

const reasons: Readonly<Record<OwedGroup['status'], string>> = {
  new: '',
  'not-ready': 'not ready on the appliance',
  failed: 'failed',
  refused: 'refused by the destination',
};

function owedNote(group: OwedGroup, { transfer }: TransferStatus, now: UnixSeconds): StatusNote {
  const { kind, count, overdue: late, since, status, reason, nextTry } = group;
  const why = [reasons[status], reason].filter(Boolean).join(': ');
  const text = `owed: ${count} ${kind}, the first since ${formatDuration(Math.max(0, now - since))}${why === '' ? '' : `; ${why}`}`;
  const when = nextTry <= now ? 'The next run asks' : `A run asks again ${formatAge(nextTry, now)}`;
  const end = `given up ${formatDuration(transfer.giveUpAfter)} after it was first owed`;
  const log =
    status === 'failed' || status === 'refused' ? ` Each attempt: ic log --transfer ${transfer.name}.` : '';
  return { tone: late > 0 ? 'warn' : 'idle', text, hint: `${when}; what never comes is ${end}.${log}` };
}

/** How far it is stands in the state, which every slice of the run writes. */
function running({ running: taken, known }: TransferStatus, now: UnixSeconds): readonly StatusNote[] {
  if (taken === null) return [];
  const by = taken.pid === null ? '' : ` (process ${taken.pid})`;
  const kinds = [...(known?.kinds.values() ?? [])];
  const total = (count: 'delivered' | 'owed') => kinds.reduce((sum, kind) => sum + kind[count], 0);
  const isFirst = (known?.lastRun ?? null) === null;
  const delivered = isFirst
    ? `${formatCount(total('delivered'), 'item')} delivered so far, `
    : `${formatCount(total('delivered'), 'item')} delivered in all its runs, `;
  const text = `running for ${formatDuration(Math.max(0, now - taken.since))}${by}: ${delivered}${total('owed')} owed`;
  return [{ tone: 'ok', text, hint: null }];
}

function locked(status: TransferStatus, now: UnixSeconds): readonly StatusNote[] {
  const { locked: found, running: taken } = status;
  if (found === null) return [];
  const pid = taken?.pid ?? null;
  const holder = pid === null ? 'another process' : `process ${pid}`;
  const text = `locked: ${formatCount(found.count, 'run')} in a row found that ${holder} holds it, the first ${formatAge(found.since, now)}`;
  if (!isHeldTooLong(status, now)) return [{ tone: 'warn', text, hint: null }];
  const hint = `See in the log whether that run goes on, as a first pull of years may. If it hangs, end ${pid === null ? 'it' : holder}: nothing is lost, and the next run goes on where it was.`;
  return [{ tone: 'fail', text, hint }];
}

function overdue({ isOverdue }: TransferStatus): readonly StatusNote[] {
  if (!isOverdue) return [];
  const hint = 'Look at what starts ic: its timer, crontab or task. ic schedule prints what to install.';
  return [{ tone: 'warn', text: 'overdue: nothing has started it since it was due', hint }];
}
