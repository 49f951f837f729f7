import type { FileNameValue } from '../../config/types/file-name.ts';
import { toIso, type UnixSeconds } from '../../platform/clock.ts';
import { safeName, safeValue } from '../../platform/safe-name.ts';
import { type Delivery, type ItemNames, isRecord } from '../destination.ts';
import { isOwnName } from './layout.ts';

/** What `%…%` in a file name stands for. All times are UTC. */
const values = {
  LSEQ: ({ names }) => names.lseq,
  LSID: ({ names }) => names.lsid,
  EXTERNAL_KEY: ({ names }) => names.externalKey,
  SESSION_TYPE: ({ names }) => names.sessionType,
  SUPPORT_SITE_HOST: ({ names }) => names.host,
  INSTANCE: ({ names }) => String(names.instance ?? 0),
  EXTENSION: (delivery) => (isRecord(delivery) ? 'xml' : delivery.extension),
  START_DATE: ({ names }) => date(names.startTime),
  START_TIME: ({ names }) => time(names.startTime),
  SITE: ({ names }) => names.site,
  DATE: (delivery) => date(moment(delivery)),
  TIME: (delivery) => time(moment(delivery)),
} as const satisfies Record<FileNameValue, (delivery: Delivery) => string | null>;

/** What a value that is missing or empty contributes: names stay readable, and folders never vanish. */
const missing = 'none';

/**
 * Where an item belongs, relative to its kind's directory, with forward slashes. A `/` of the format makes folders, one
 * in a value does not; each component is a safe name, so that nothing leaves the directory.
 */
export function fileNameFor(format: string, delivery: Delivery): string {
  const components = format.split('/').map((component) => component.replace(/%([A-Z_]+)%/g, fill(delivery)));
  return components
    .filter((component) => component !== '')
    .map((component) => apart(safeName(component)))
    .join('/');
}

function fill(delivery: Delivery): (placeholder: string, name: string) => string {
  return (placeholder, name) => {
    if (!Object.hasOwn(values, name)) return placeholder;
    return safeValue(values[name as FileNameValue](delivery) ?? '') || missing;
  };
}

/** What the destination itself puts into the archive is out of reach of every value. */
function apart(component: string): string {
  return isOwnName(component) ? `_${component}` : component;
}

/**
 * Of a backup: when it was downloaded. Everything else can be downloaded twice, after a crash, and must get the same
 * name then: its date is that of its own end, else its start.
 */
function moment(delivery: Delivery): UnixSeconds | null {
  if (delivery.kind === 'backups') return delivery.downloadedAt;
  const names: ItemNames = delivery.names;
  return names.endTime ?? names.startTime;
}

function date(seconds: UnixSeconds | null): string | null {
  return seconds === null ? null : toIso(seconds).slice(0, 10);
}

function time(seconds: UnixSeconds | null): string | null {
  return seconds === null ? null : toIso(seconds).slice(11, 19).replaceAll(':', '');
}
