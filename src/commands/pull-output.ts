import { toIso } from '../platform/clock.ts';
import type { Kind } from '../platform/kinds.ts';
import type { TransferResult } from '../pull/result.ts';
import type { KindCounts } from '../state/state.ts';
import { type Tone, toneOf } from '../terminal/colors.ts';
import type { Column, Row } from '../terminal/table.ts';

/** The JSON document of `ic pull`; also what a webhook is sent. */
export interface PullReport {
  readonly command: 'pull';
  readonly run_id: string;
  readonly exit_code: number;
  readonly dry_run?: true;
  readonly started_at: string;
  readonly finished_at: string;
  readonly transfers: readonly ReturnType<typeof transferToJson>[];
}

export function transferToJson(result: TransferResult) {
  return {
    name: result.name,
    site: result.site,
    destination: result.destination,
    status: result.status,
    exit_code: result.exitCode,
    window: result.window && { from: toIso(result.window.from), to: toIso(result.window.until) },
    watermark: result.watermark === null ? null : toIso(result.watermark),
    clock_difference_s: result.clockDifference === null ? null : Math.round(result.clockDifference * 10) / 10,
    kinds: result.kinds,
    open: result.open,
    retries: result.retries,
    warnings: result.warnings,
    error: result.error?.toSummary() ?? null,
    heads: result.heads,
  };
}

/** One sentence on the whole run: the last line that a person, or cron's mail, sees. */
export function summarize(results: readonly TransferResult[], dryRun: boolean): string {
  const ran = results.filter((result) => result.status !== 'not-due');
  if (ran.length === 0) return 'No transfer is due.';
  const verb = dryRun ? 'would be delivered' : 'delivered';
  const parts = [`${count(total(ran, 'delivered'), 'item')} ${verb}`];
  for (const key of ['unchanged', 'skipped', 'failed', 'owed'] as const) {
    if (total(ran, key) > 0) parts.push(`${total(ran, key)} ${key}`);
  }
  const open = ran.reduce((sum, result) => sum + result.open, 0);
  if (open > 0) parts.push(`${open} still open`);
  return `${count(ran.length, 'transfer')}: ${parts.join(', ')}${troubles(ran)}.`;
}

function troubles(results: readonly TransferResult[]): string {
  const troubled = results.filter((result) => result.status !== 'ok');
  if (troubled.length === 0) return '';
  return `; ${troubled.map((result) => `${result.name} ${result.status}`).join(', ')}`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

function total(results: readonly TransferResult[], key: keyof KindCounts): number {
  return results.reduce(
    (sum, result) => sum + Object.values(result.kinds).reduce((inner, counts) => inner + counts[key], 0),
    0,
  );
}

/** Of the whole run: as bad as the worst of its transfers. */
export function toneOfRun(results: readonly TransferResult[]): Tone | null {
  const tones = results.map(({ status }) => toneOf(status));
  return (['fail', 'warn', 'ok'] as const).find((tone) => tones.includes(tone)) ?? null;
}

/** Rows of the table that a person sees: one per transfer and kind. */
export function pullRows(results: readonly TransferResult[]): readonly Row[] {
  return results.flatMap((result): readonly Row[] => {
    const head = [result.name, { text: result.status, tone: toneOf(result.status) }];
    const kinds = Object.entries(result.kinds) as [Kind, KindCounts][];
    if (kinds.length === 0) return [head];
    return kinds.map(([kind, counts]) => [
      ...head,
      kind,
      ...[counts.seen, counts.delivered, counts.unchanged].map(String),
      counts.failed > 0 ? { text: String(counts.failed), tone: 'fail' } : '0',
      counts.owed > 0 ? { text: String(counts.owed), tone: 'warn' } : '0',
    ]);
  });
}

export const pullColumns: readonly Column[] = [
  { heading: 'transfer', groups: true },
  { heading: 'status', groups: true },
  { heading: 'kind' },
  { heading: 'seen', expendable: 2 },
  { heading: 'delivered' },
  { heading: 'unchanged', expendable: 1 },
  { heading: 'failed' },
  { heading: 'owed' },
];

export function deliveredIn(results: readonly TransferResult[]): number {
  return total(results, 'delivered');
}
