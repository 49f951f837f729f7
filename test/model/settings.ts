import type { Appliance } from '../appliance/appliance.ts';
import { siteSection } from '../appliance/ini.ts';
import type { RecordingKind } from './truth.ts';

export type Kind = 'sessions' | RecordingKind;

/** How files are named; each name holds the LSID and, behind a hyphen, the instance. */
export const layouts = {
  flat: '%LSID%-%INSTANCE%.%EXTENSION%',
  folders: '%LSID%/%SESSION_TYPE%-%INSTANCE%.%EXTENSION%',
  dated: '%START_DATE%/%LSID%-%INSTANCE%.%EXTENSION%',
} as const;
export type Layout = keyof typeof layouts;

export interface DestinationSettings {
  readonly name: string;
  readonly type: 'file-system' | 'sqlite';
  /** The name of its directory, or of its database, beside the configuration. */
  readonly place: string;
  readonly layout: Layout;
  readonly onConflict: 'append-number' | 'overwrite';
  readonly format: 'mp4' | null;
  /** Whether earlier contents of a session may stand beside the latest one. */
  readonly keepsOldContents: boolean;
}

export interface TransferSettings {
  readonly name: string;
  readonly destination: string;
  readonly kinds: readonly Kind[];
  /** UNIX seconds, at the beginning of a day. */
  readonly start: number;
}

/** The configuration as data; every change of it is another value. */
export interface Settings {
  readonly site: string;
  readonly host: 'address' | 'localhost';
  readonly destinations: readonly DestinationSettings[];
  readonly transfers: readonly TransferSettings[];
}

export const giveUpAfterDays = 14;
export const abandonAfterHours = 48;

export function destinationOf(settings: Settings, name: string): DestinationSettings {
  const found = settings.destinations.find((destination) => destination.name === name);
  if (found === undefined) throw new Error(`no destination ${name}`);
  return found;
}

/** With some of the keys of the n-th destination, or transfer, replaced. */
export function withDestination(
  settings: Settings,
  index: number,
  change: Partial<DestinationSettings>,
): Settings {
  return {
    ...settings,
    destinations: settings.destinations.map((one, at) => (at === index ? { ...one, ...change } : one)),
  };
}

export function withTransfer(settings: Settings, index: number, change: Partial<TransferSettings>): Settings {
  return {
    ...settings,
    transfers: settings.transfers.map((one, at) => (at === index ? { ...one, ...change } : one)),
  };
}

/** The text of `ic.ini`. */
export function toIni(settings: Settings, appliance: Appliance): string {
  const port = new URL(appliance.url).port;
  const host = settings.host === 'address' ? appliance.host : `localhost:${port}`;
  const { clientId, clientSecret, caFile } = appliance;
  return [
    siteSection({ host, clientId, clientSecret, caFile }, settings.site),
    'requests_per_second = 1000',
    'retries = 1',
    ...settings.destinations.map(destinationSection),
    ...settings.transfers.map((transfer) => transferSection(transfer, settings.site)),
    '[log]\nlevel = info',
  ].join('\n');
}

function destinationSection({ name, type, place, layout, onConflict, format }: DestinationSettings): string {
  if (type === 'sqlite') return `[destination.${name}]\ntype = sqlite\npath = ${place}`;
  return [
    `[destination.${name}]`,
    'type = file-system',
    `directory = ${place}`,
    `file_name = ${layouts[layout]}`,
    `on_conflict = ${onConflict}`,
    format === null ? '' : `format = ${format}`,
  ].join('\n');
}

function transferSection({ name, destination, kinds, start }: TransferSettings, site: string): string {
  return [
    `[transfer.${name}]`,
    `site = ${site}`,
    `destination = ${destination}`,
    `data = ${kinds.join(', ')}`,
    `start = ${new Date(start * 1000).toISOString().slice(0, 10)}`,
    `abandon_open_after = ${abandonAfterHours}h`,
    `give_up_after = ${giveUpAfterDays}d`,
  ].join('\n');
}
