import type { Seconds } from './clock.ts';
import { hasEnded, type Outline } from './records.ts';
import type { ReportSettings } from './settings.ts';

/** Which records a report is to show. */
export type Selection =
  | { readonly type: 'lsids'; readonly lsids: readonly string[] }
  | {
      readonly type: 'window';
      readonly by: 'start' | 'end';
      readonly from: Seconds;
      readonly to: Seconds | null;
    };

/** What a request's parameters select, or the text of the error that they earn. */
export function readSelection(
  parameters: Readonly<Record<string, string>>,
  settings: ReportSettings,
): Selection | string {
  if (parameters.lsid) return { type: 'lsids', lsids: [parameters.lsid] };
  if (parameters.lsids) return readLsids(parameters.lsids, settings);
  for (const by of ['start', 'end'] as const) {
    const time = parameters[`${by}_time`];
    if (time !== undefined) return readWindow(by, integer(time), 1, parameters);
    const date = parameters[`${by}_date`];
    if (date !== undefined) return readWindow(by, midnight(date, settings), 86_400, parameters);
  }
  return 'Required parameter start_date, start_time, end_date, end_time, lsid or lsids is missing.';
}

/**
 * Whether a window holds a record, by the appliance's time. A record that began, or became visible, in the future is
 * in none; by end, only closed ones are shown.
 */
export function selects(
  window: Extract<Selection, { type: 'window' }>,
  record: Outline,
  now: Seconds,
  settings: ReportSettings,
): boolean {
  if (!isVisible(record, now)) return false;
  if (window.by === 'start') return inWindow(window, record.startTime, settings);
  const { endTime } = record;
  return endTime !== null && hasEnded(record, now - settings.lag) && inWindow(window, endTime, settings);
}

export function isVisible(record: Outline, now: Seconds): boolean {
  return record.startTime <= now && (record.visibleFrom ?? record.startTime) <= now;
}

function inWindow(
  window: { readonly from: Seconds; readonly to: Seconds | null },
  time: Seconds,
  { upperEnd }: ReportSettings,
): boolean {
  if (time < window.from) return false;
  if (window.to === null) return true;
  return upperEnd === 'inclusive' ? time <= window.to : time < window.to;
}

function readLsids(list: string, { mostLsids }: ReportSettings): Selection | string {
  const lsids = list.split(',').map((lsid) => lsid.trim());
  return lsids.length > mostLsids ? 'Too many session ids were given in lsids.' : { type: 'lsids', lsids };
}

/** `unit` is what `duration` counts, in seconds; a duration of 0 reaches to the present. */
function readWindow(
  by: 'start' | 'end',
  from: Seconds | null,
  unit: number,
  parameters: Readonly<Record<string, string>>,
): Selection | string {
  if (from === null) return `Invalid value for parameter ${by}_${unit === 1 ? 'time' : 'date'}.`;
  if (parameters.duration === undefined) return 'Required parameter duration is missing.';
  const duration = integer(parameters.duration);
  if (duration === null || duration < 0) return 'Invalid value for parameter duration.';
  return { type: 'window', by, from, to: duration === 0 ? null : from + duration * unit };
}

function integer(text: string): number | null {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : null;
}

function midnight(date: string, { zoneMinutes }: ReportSettings): Seconds | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return null;
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) ? null : time / 1000 - zoneMinutes * 60;
}
