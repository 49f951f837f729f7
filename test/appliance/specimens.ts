import { createHash, randomBytes } from 'node:crypto';
import type { Seconds } from './clock.ts';
import type { EventSpec, PresentationSpec, SessionSpec, StyleSpec } from './spec.ts';

export type SessionDraft = Draft<SessionSpec>;
export type PresentationDraft = Draft<PresentationSpec>;

type Draft<Spec> = Partial<Spec> & { readonly startTime: Seconds };

/** A small, whole session: what `draft` leaves out is filled in. Without `endTime` it ended ten minutes after its start. */
export function aSession(draft: SessionDraft): SessionSpec {
  const lsid = draft.lsid ?? newLsid();
  const endTime = draft.endTime === undefined ? draft.startTime + 600 : draft.endTime;
  return { ...sessionDefaults(lsid, draft.startTime, endTime), ...draft, lsid, endTime };
}

/** A small, whole presentation, as `aSession`. */
export function aPresentation(draft: PresentationDraft): PresentationSpec {
  const lsid = draft.lsid ?? newLsid();
  const endTime = draft.endTime === undefined ? draft.startTime + 3600 : draft.endTime;
  return { ...presentationDefaults(lsid, draft.startTime, endTime), ...draft, lsid, endTime };
}

/** An event with nothing but what `draft` says. */
export function anEvent(
  draft: Partial<EventSpec> & { readonly time: Seconds; readonly type: string },
): EventSpec {
  return { ...emptyEvent, ...draft };
}

/** 32 lower-case hexadecimal digits: the same ones for the same name. */
export function lsidFor(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

export function newLsid(): string {
  return randomBytes(16).toString('hex');
}

/** The layout of the documentation's examples. */
export const plainStyle: StyleSpec = {
  text: 'entities',
  empty: 'pair',
  openEnd: 'empty',
  offsetMinutes: 0,
  order: 'documented',
  fieldKey: 'both',
  omitLsid: false,
};

const emptyEvent: Omit<EventSpec, 'time' | 'type'> = {
  performedBy: null,
  destination: null,
  body: null,
  data: null,
  filename: null,
  filesize: null,
  files: null,
  systemInformation: null,
};

function sessionDefaults(lsid: string, startTime: Seconds, endTime: Seconds | null): SessionSpec {
  return {
    lsid,
    startTime,
    endTime,
    type: 'support',
    lseq: String(Number.parseInt(lsid.slice(0, 6), 16) || 0),
    publicSite: { id: '1', name: 'Default' },
    jumpoint: null,
    jumpGroup: null,
    externalKey: '',
    customAttributes: [],
    chat: true,
    recording: null,
    showMyScreenRecordings: [],
    commandShellRecordings: [],
    fileTransferCount: '0',
    fileMoveCount: '0',
    fileDeleteCount: '0',
    primaryCustomer: { gsnumber: '22', id: null, name: 'Guest' },
    primaryRep: { gsnumber: '21', id: '5', name: 'Ana Peña' },
    primaryTeam: null,
    customers: [defaultCustomer],
    representatives: [defaultRepresentative],
    teams: null,
    repJoinTime: null,
    customerSurveys: null,
    repSurveys: null,
    events: defaultEvents(startTime, endTime),
    unknown: [],
    style: plainStyle,
    visibleFrom: null,
  };
}

function presentationDefaults(lsid: string, startTime: Seconds, endTime: Seconds | null): PresentationSpec {
  return {
    lsid,
    startTime,
    endTime,
    type: 'presentation',
    lseq: String(Number.parseInt(lsid.slice(0, 6), 16) || 0),
    publicSite: { id: '1', name: 'Default' },
    name: 'Quarterly review',
    externalKey: '',
    chat: true,
    recording: null,
    primaryRep: { gsnumber: '21', id: '5', name: 'Ana Peña' },
    representatives: [defaultRepresentative],
    attendees: [],
    events: defaultEvents(startTime, endTime),
    style: plainStyle,
    visibleFrom: null,
  };
}

function defaultEvents(startTime: Seconds, endTime: Seconds | null): readonly EventSpec[] {
  const start = anEvent({ time: startTime, type: 'Session Start' });
  return endTime === null ? [start] : [start, anEvent({ time: endTime, type: 'Session End' })];
}

const defaultCustomer = {
  gsnumber: '22',
  username: 'CONTOSO\\guest',
  publicIp: '198.51.100.23:61606',
  privateIp: '10.20.30.40',
  hostname: 'ws-0042',
  os: 'Windows 11 Enterprise (23H2)',
  primary: '1',
  rpatSupport: null,
  info: null,
} as const;

const defaultRepresentative = {
  gsnumber: '21',
  id: '5',
  username: 'apena',
  displayName: 'Ana Peña',
  publicDisplayName: 'Ana',
  privateDisplayName: 'Ana Peña',
  displayNumber: '105',
  publicIp: '[2001:db8:85a3::8a2e:370:7334]:56722',
  privateIp: '192.168.7.15',
  hostname: 'apena-mbp',
  os: 'macOS 14.4.1 (23E224)',
  owner: '1',
  primary: '1',
  secondsInvolved: '598',
  invited: null,
} as const;
