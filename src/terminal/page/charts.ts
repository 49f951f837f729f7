import type { UnixSeconds } from '../../platform/clock.ts';
import type { DayRecord } from '../../state/state.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { barChart, type ChartDay } from './chart.ts';
import { html, join, type Markup } from './html.ts';

/** A history that is shorter has room left at its left, so that a bar is a day and no wall. */
const fewestDays = 14;
const mostDays = 90;

/** Those of the charts that have something to show. */
export function charts(records: readonly DayRecord[], now: UnixSeconds): Markup {
  const days = everyDay(records, now);
  const series = (
    value: (day: DayRecord) => number,
    bad: (day: DayRecord) => number = () => 0,
  ): readonly ChartDay[] =>
    days.map(({ day, record }) => ({
      day,
      value: record === null ? 0 : value(record),
      bad: record === null ? 0 : bad(record),
    }));
  const plain = (value: number) => String(Math.round(value));
  const all = [
    barChart(
      series(
        (day) => day.runs - day.failures,
        (day) => day.failures,
      ),
      { title: 'Runs', format: plain },
    ),
    barChart(
      series((day) => day.delivered),
      { title: 'Items delivered', format: plain },
    ),
    barChart(
      series((day) => day.bytes),
      { title: 'Bytes delivered', format: formatBytes },
    ),
    barChart(
      series((day) => day.owed),
      { title: 'Items owed at the end', format: plain },
    ),
    barChart(
      series((day) => day.seconds),
      { title: 'Time spent', format: formatDuration },
    ),
  ];
  const isEmpty = all.every(({ markup }) => markup === '');
  return isEmpty ? html`` : html`<div class="charts">${join(all)}</div>`;
}

/** Each day since the first that is known, without a gap: a day without a run is a day, too. */
function everyDay(
  records: readonly DayRecord[],
  now: UnixSeconds,
): readonly { day: string; record: DayRecord | null }[] {
  const byDay = new Map(records.map((record) => [record.day, record]));
  const first = records.reduce((least, { day }) => (day < least ? day : least), dayOf(now));
  const age = Math.round((Date.parse(dayOf(now)) - Date.parse(first)) / 86_400_000) + 1;
  const count = Math.min(mostDays, Math.max(fewestDays, age));
  return Array.from({ length: count }, (_, index) => {
    const day = dayOf(now - (count - 1 - index) * 86_400);
    return { day, record: byDay.get(day) ?? null };
  });
}

function dayOf(time: UnixSeconds): string {
  return new Date(time * 1000).toISOString().slice(0, 10);
}
