import type { UnixSeconds } from '../../platform/clock.ts';
import type { DayRecord, RunRecord, TransferState } from '../../state/state.ts';
import { formatAge, formatBytes, formatDuration, formatInstant } from '../format.ts';
import { barChart, type ChartDay } from './chart.ts';
import { html, join, type Markup } from './html.ts';
import { style } from './style.ts';

/** What the page tells of one transfer. */
export interface PageTransfer {
  readonly name: string;
  readonly site: string;
  readonly destination: string;
  readonly status: string;
  readonly known: TransferState | null;
  readonly nextDue: UnixSeconds;
  readonly days: readonly DayRecord[];
  /** Newest first. */
  readonly runs: readonly RunRecord[];
}

const daysShown = 90;
const failuresShown = 20;

/** A page of its own: no script, no network, nothing but what is in it. */
export function renderStatusPage(transfers: readonly PageTransfer[], now: UnixSeconds): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>ic: ${overall(transfers, now)}</title>
<style>${{ markup: style }}</style>
</head>
<body>
<header><h1>ic</h1><p>${overall(transfers, now)}. As of ${formatInstant(now)}.</p></header>
<main>
${join(transfers.map((transfer) => section(transfer, now)))}
</main>
</body>
</html>
`;
  return page.markup;
}

/** Seconds: whoever starts runs may look but now and then, or the machine may sleep. */
const patience = 3600;

function isLate({ nextDue }: PageTransfer, now: UnixSeconds): boolean {
  return nextDue < now - patience;
}

function overall(transfers: readonly PageTransfer[], now: UnixSeconds): string {
  const failing = transfers.filter(({ status }) => status === 'failed' || status === 'partial');
  if (transfers.length === 0) return 'No transfer is configured';
  if (failing.length > 0) return `${failing.length} of ${transfers.length} transfers need a look`;
  const late = transfers.filter((transfer) => isLate(transfer, now));
  if (late.length > 0)
    return `${late.length} of ${transfers.length} transfers are overdue: look at what starts them`;
  return transfers.every(({ status }) => status === 'ok')
    ? 'All transfers are well'
    : 'Some transfers have not run yet';
}

function section(transfer: PageTransfer, now: UnixSeconds): Markup {
  const { known } = transfer;
  return html`<section>
<h2>${transfer.name} <span class="status ${statusClass(transfer.status)}">${transfer.status}</span></h2>
<p class="ends">${transfer.site} to ${transfer.destination}</p>
<dl>
<div><dt>last run</dt><dd>${known?.lastRun ? formatAge(known.lastRun.startedAt, now) : 'never'}</dd></div>
<div><dt>last success</dt><dd>${known?.lastSuccess ? formatAge(known.lastSuccess, now) : 'never'}</dd></div>
<div><dt>next due</dt><dd>${formatInstant(transfer.nextDue)}${isLate(transfer, now) ? ', overdue' : ''}</dd></div>
<div><dt>clock difference</dt><dd>${clockDifference(known)}</dd></div>
</dl>
${kindTable(known)}
${charts(transfer, now)}
${failures(transfer.runs)}
</section>
`;
}

function statusClass(status: string): string {
  return status === 'ok' ? 'ok' : status === 'never-ran' ? 'idle' : 'trouble';
}

function clockDifference(known: TransferState | null): string {
  const seconds = known?.clockDifference ?? null;
  return seconds === null ? 'unknown' : `${seconds > 0 ? '+' : ''}${Math.round(seconds)} s`;
}

function kindTable(known: TransferState | null): Markup {
  if (known === null || known.kinds.size === 0) return html``;
  const rows = [...known.kinds].map(
    ([kind, state]) =>
      html`<tr><th scope="row">${kind}</th><td>${state.watermark === null ? 'none' : formatInstant(state.watermark)}</td><td class="n">${state.delivered}</td><td class="n">${formatBytes(state.bytes)}</td><td class="n">${state.open}</td><td class="n">${state.owed}</td></tr>
`,
  );
  return html`<div class="wide"><table><thead><tr><th>kind</th><th>watermark</th><th class="n">delivered</th><th class="n">bytes</th><th class="n">open</th><th class="n">owed</th></tr></thead><tbody>
${join(rows)}</tbody></table></div>
`;
}

function charts(transfer: PageTransfer, now: UnixSeconds): Markup {
  const days = everyDay(transfer.days, now);
  const series = (value: (day: DayRecord) => number): readonly ChartDay[] =>
    days.map(({ day, record }) => ({
      day,
      value: record === null ? 0 : value(record),
      bad: (record?.failures ?? 0) > 0,
    }));
  const plain = (value: number) => String(Math.round(value));
  return join([
    barChart(
      series((day) => day.delivered),
      { title: 'Delivered', format: plain },
    ),
    barChart(
      series((day) => day.owed),
      { title: 'Owed', format: plain },
    ),
    barChart(
      series((day) => day.bytes),
      { title: 'Bytes', format: formatBytes },
    ),
    barChart(
      series((day) => day.seconds),
      { title: 'Time spent', format: formatDuration },
    ),
    barChart(
      series((day) => day.failures),
      { title: 'Runs that failed', format: plain },
    ),
  ]);
}

/** The last 90 days without a gap: a day without a run is a day, too. */
function everyDay(
  records: readonly DayRecord[],
  now: UnixSeconds,
): readonly { day: string; record: DayRecord | null }[] {
  const byDay = new Map(records.map((record) => [record.day, record]));
  return Array.from({ length: daysShown }, (_, index) => {
    const day = new Date((now - (daysShown - 1 - index) * 86_400) * 1000).toISOString().slice(0, 10);
    return { day, record: byDay.get(day) ?? null };
  });
}

function failures(runs: readonly RunRecord[]): Markup {
  const failed = runs.filter((run) => run.status !== 'ok').slice(0, failuresShown);
  if (failed.length === 0)
    return html`<p class="none">No failure among the last ${runs.length} runs.</p>
`;
  const rows = failed.map(
    (run) =>
      html`<tr><td>${formatInstant(run.startedAt)}</td><td>${run.status}</td><td class="n">${run.exitCode}</td><td>${describe(run)}</td></tr>
`,
  );
  return html`<details open><summary>Failures</summary><div class="wide"><table><thead><tr><th>when</th><th>status</th><th class="n">exit code</th><th>what, and what helps</th></tr></thead><tbody>
${join(rows)}</tbody></table></div></details>
`;
}

function describe(run: RunRecord): string {
  return [...cause(run), ...run.warnings].join(' ') || 'see the log';
}

function cause({ error, kinds }: RunRecord): readonly string[] {
  if (error !== null) return error.hint === null ? [error.message] : [error.message, error.hint];
  const counts = Object.entries(kinds).filter(([, { failed, owed }]) => failed + owed > 0);
  if (counts.length === 0) return [];
  return [
    `${counts.map(([kind, { failed, owed }]) => `${kind}: ${failed} failed, ${owed} owed`).join('; ')}.`,
  ];
}
