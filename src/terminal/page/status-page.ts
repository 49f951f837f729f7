import type { UnixSeconds } from '../../platform/clock.ts';
import type { DayRecord, RunRecord, TransferState } from '../../state/state.ts';
import type { Tone } from '../colors.ts';
import { formatAge, formatBytes, formatCount, formatDuration, formatInstant } from '../format.ts';
import { charts } from './charts.ts';
import { html, join, type Markup } from './html.ts';
import { style } from './style.ts';

/** What the page tells of one transfer. */
export interface PageTransfer {
  readonly name: string;
  readonly site: string;
  readonly destination: string;
  /** `failed`, or `ok, overdue`, and its colour. */
  readonly state: string;
  readonly tone: Tone;
  readonly known: TransferState | null;
  readonly nextDue: UnixSeconds;
  /** Why it fails, what is owed, what runs: the first one first. */
  readonly notes: readonly { readonly tone: Tone; readonly text: string; readonly hint: string | null }[];
  readonly days: readonly DayRecord[];
  /** Newest first. */
  readonly runs: readonly RunRecord[];
}

/** Of what the page is, and what it comes to. */
export interface PageSubject {
  readonly now: UnixSeconds;
  readonly machine: string;
  readonly configuration: string;
  readonly version: string;
  readonly verdict: { readonly tone: Tone; readonly text: string };
}

const failuresShown = 20;

/** A page of its own: no script, no network, nothing but what is in it. */
export function renderStatusPage(transfers: readonly PageTransfer[], subject: PageSubject): string {
  const { now, machine, configuration, version, verdict } = subject;
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>ic on ${machine}: ${verdict.text}</title>
<style>${{ markup: style }}</style>
</head>
<body>
<header><h1>ic on ${machine}</h1>
<p class="verdict ${verdict.tone}">${verdict.text}</p>
<p>As of ${formatInstant(now)}. ic ${version}, ${configuration}</p></header>
<main>
${overview(transfers, now)}
${join(transfers.map((transfer, index) => section(transfer, index, now)))}
</main>
</body>
</html>
`;
  return page.markup;
}

function overview(transfers: readonly PageTransfer[], now: UnixSeconds): Markup {
  if (transfers.length === 0) return html``;
  const rows = transfers.map((transfer, index) => {
    const { known } = transfer;
    const kinds = [...(known?.kinds.values() ?? [])];
    const total = (count: 'delivered' | 'owed') => kinds.reduce((sum, kind) => sum + kind[count], 0);
    return html`<tr><th scope="row"><a href="#t${index}">${transfer.name}</a></th>${cell('status', badge(transfer))}${cell('last run', age(known?.lastRun?.startedAt, now))}${cell('last success', age(known?.lastSuccess, now))}${cell('next due', due(transfer, now))}${cell('delivered', total('delivered'), 'n')}${cell('owed', total('owed'), 'n')}</tr>
`;
  });
  return html`<section class="overview"><table><thead><tr><th>transfer</th><th>status</th><th>last run</th><th>last success</th><th>next due</th><th class="n">delivered</th><th class="n">owed</th></tr></thead><tbody>
${join(rows)}</tbody></table></section>
`;
}

/** On a narrow screen a row is a card, and each value has its heading beside it. */
function cell(heading: string, value: string | number | Markup, kind = ''): Markup {
  return html`<td class="${kind}" data-heading="${heading}">${value}</td>`;
}

function badge({ state, tone }: PageTransfer): Markup {
  return html`<span class="status ${tone}">${state}</span>`;
}

function age(time: UnixSeconds | null | undefined, now: UnixSeconds): Markup {
  if (time === null || time === undefined) return html`never`;
  return html`<span title="${formatInstant(time)}">${formatAge(time, now)}</span>`;
}

function due({ nextDue }: PageTransfer, now: UnixSeconds): Markup {
  return html`<span title="${formatInstant(nextDue)}">${nextDue <= now && now - nextDue < 60 ? 'now' : formatAge(nextDue, now)}</span>`;
}

function section(transfer: PageTransfer, index: number, now: UnixSeconds): Markup {
  const { known } = transfer;
  return html`<section id="t${index}">
<h2>${transfer.name} ${badge(transfer)}</h2>
<p class="ends">${transfer.site} to ${transfer.destination}</p>
${notes(transfer)}
<dl>
<div><dt>last run</dt><dd>${age(known?.lastRun?.startedAt, now)}</dd></div>
<div><dt>last success</dt><dd>${age(known?.lastSuccess, now)}</dd></div>
<div><dt>next due</dt><dd>${due(transfer, now)}</dd></div>
<div><dt>clock difference</dt><dd>${clockDifference(known)}</dd></div>
</dl>
${kindTable(known, now)}
${failures(transfer.runs)}
${charts(transfer.days, now)}
</section>
`;
}

function notes({ notes: all }: PageTransfer): Markup {
  if (all.length === 0) return html``;
  const items = all.map(({ tone, text, hint }) => {
    const remedy = hint === null ? html`` : html`<span class="hint">${hint}</span>`;
    return html`<li class="${tone}"><span>${text}</span>${remedy}</li>
`;
  });
  return html`<ul class="notes">
${join(items)}</ul>`;
}

function clockDifference(known: TransferState | null): string {
  const seconds = known?.clockDifference ?? null;
  return seconds === null ? 'unknown' : `${seconds > 0 ? '+' : ''}${Math.round(seconds)} s`;
}

function kindTable(known: TransferState | null, now: UnixSeconds): Markup {
  if (known === null || known.kinds.size === 0) return html``;
  const rows = [...known.kinds].map(
    ([kind, state]) =>
      html`<tr><th scope="row">${kind}</th>${cell('watermark', state.watermark === null ? 'none' : age(state.watermark, now))}${cell('delivered', state.delivered, 'n')}${cell('bytes', formatBytes(state.bytes), 'n')}${cell('open', state.open, 'n')}${cell('owed', state.owed, 'n')}${cell('lost', state.unobtainable, 'n')}</tr>
`,
  );
  return html`<table><thead><tr><th>kind</th><th>watermark</th><th class="n">delivered</th><th class="n">bytes</th><th class="n">open</th><th class="n">owed</th><th class="n">lost</th></tr></thead><tbody>
${join(rows)}</tbody></table>
`;
}

function failures(runs: readonly RunRecord[]): Markup {
  const failed = runs.filter((run) => run.status !== 'ok').slice(0, failuresShown);
  if (runs.length === 0) return html``;
  if (failed.length === 0)
    return html`<p class="none">No failure among the last ${formatCount(runs.length, 'run')}.</p>
`;
  const rows = failed.map(
    (run) =>
      html`<tr><th scope="row">${formatInstant(run.startedAt)}</th>${cell('status', run.status)}${cell('exit code', run.exitCode, 'n')}${cell('took', formatDuration(run.finishedAt - run.startedAt), 'n')}${cell('what, and what helps', describe(run))}</tr>
`,
  );
  const summary = `${formatCount(failed.length, 'failure')} among the last ${formatCount(runs.length, 'run')}`;
  return html`<details><summary>${summary}</summary><table><thead><tr><th>when</th><th>status</th><th class="n">exit code</th><th class="n">took</th><th>what, and what helps</th></tr></thead><tbody>
${join(rows)}</tbody></table></details>
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
