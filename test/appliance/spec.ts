import type { Seconds } from './clock.ts';
import type { MediaSpec } from './media.ts';

/**
 * What the simulated appliance knows of a session, as plain data: reports are rendered from it, and tests compute
 * what they expect from it. Everywhere, null means that the element or attribute is absent, '' that it is empty.
 */
export interface SessionSpec {
  readonly lsid: string;
  readonly startTime: Seconds;
  /** Null while in progress, and for ever after an abnormal end. In the appliance's future: still in progress. */
  readonly endTime: Seconds | null;
  readonly type: string | null;
  readonly lseq: string | null;
  readonly publicSite: NamedSpec | null;
  readonly jumpoint: NamedSpec | null;
  readonly jumpGroup: (NamedSpec & { readonly type: string | null }) | null;
  readonly externalKey: string | null;
  /** Null: no element; no entries: an empty element. */
  readonly customAttributes: readonly CustomAttributeSpec[] | null;
  /** Whether there is a chat transcript; its links are reported once the session has ended. */
  readonly chat: boolean;
  readonly recording: MediaSpec | null;
  readonly showMyScreenRecordings: readonly InstanceSpec[];
  readonly commandShellRecordings: readonly InstanceSpec[];
  readonly fileTransferCount: string | null;
  readonly fileMoveCount: string | null;
  readonly fileDeleteCount: string | null;
  readonly primaryCustomer: PersonSpec | null;
  readonly primaryRep: PersonSpec | null;
  readonly primaryTeam: NamedSpec | null;
  readonly customers: readonly CustomerSpec[] | null;
  readonly representatives: readonly RepresentativeSpec[] | null;
  readonly teams: readonly TeamSpec[] | null;
  readonly repJoinTime: Seconds | null;
  readonly customerSurveys: readonly PersonSpec[] | null;
  readonly repSurveys: readonly PersonSpec[] | null;
  readonly events: readonly EventSpec[];
  /** Elements that no reader knows. */
  readonly unknown: readonly UnknownSpec[];
  readonly style: StyleSpec;
  /** No report shows the session before this moment; null: as soon as it has begun. */
  readonly visibleFrom: Seconds | null;
}

export interface NamedSpec {
  readonly id: string | null;
  readonly name: string;
}

export interface PersonSpec {
  readonly gsnumber: string | null;
  readonly id: string | null;
  readonly name: string;
}

export interface CustomAttributeSpec {
  readonly displayName: string;
  readonly codeName: string;
  readonly value: string;
}

/** A recording of one command shell or one Show My Screen; instances count from 0. */
export interface InstanceSpec {
  readonly instance: number;
  readonly media: MediaSpec;
}

export interface CustomerSpec {
  readonly gsnumber: string | null;
  readonly username: string | null;
  readonly publicIp: string | null;
  readonly privateIp: string | null;
  readonly hostname: string | null;
  readonly os: string | null;
  readonly primary: string | null;
  readonly rpatSupport: string | null;
  readonly info: CustomerInfoSpec | null;
}

export interface CustomerInfoSpec {
  readonly name: string;
  readonly company: string;
  readonly companyCode: string;
  readonly issueId: string | null;
  readonly issue: string;
  readonly details: string;
}

export interface RepresentativeSpec {
  readonly gsnumber: string | null;
  readonly id: string | null;
  readonly username: string | null;
  readonly displayName: string | null;
  readonly publicDisplayName: string | null;
  readonly privateDisplayName: string | null;
  readonly displayNumber: string | null;
  readonly publicIp: string | null;
  readonly privateIp: string | null;
  readonly hostname: string | null;
  readonly os: string | null;
  readonly owner: string | null;
  readonly primary: string | null;
  readonly secondsInvolved: string | null;
  readonly invited: string | null;
}

export interface TeamSpec {
  readonly id: string | null;
  readonly name: string;
  readonly primary: string | null;
}

export interface EventSpec {
  readonly time: Seconds;
  readonly type: string;
  readonly performedBy: ActorSpec | null;
  readonly destination: ActorSpec | null;
  /** Sent as `encoded_body` when it holds characters that XML forbids, else as `body`. */
  readonly body: string | null;
  readonly data: readonly ValueSpec[] | null;
  readonly filename: string | null;
  readonly filesize: string | null;
  readonly files: readonly FileSpec[] | null;
  readonly systemInformation: readonly CategorySpec[] | null;
}

export interface ActorSpec {
  readonly type: string | null;
  readonly gsnumber: string | null;
  readonly name: string;
}

export interface ValueSpec {
  readonly name: string;
  readonly value: string;
}

export interface FileSpec {
  readonly filename: string;
  readonly filesize: string;
}

export interface CategorySpec {
  readonly name: string;
  readonly fields: readonly FieldSpec[];
  /** One cell per field and row. */
  readonly rows: readonly (readonly string[])[];
}

export interface FieldSpec {
  readonly id: string;
  readonly name: string;
}

export interface UnknownSpec {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** How one session is written, where appliances and releases differ. */
export interface StyleSpec {
  /** How text that needs escaping is written; `mixed` takes turns. */
  readonly text: 'entities' | 'cdata' | 'references' | 'mixed';
  readonly empty: 'pair' | 'single';
  readonly openEnd: 'empty' | 'absent';
  /** Offset of the ISO times from UTC, in minutes; the `timestamp` attribute is the same instant. */
  readonly offsetMinutes: number;
  readonly order: 'documented' | 'other' | 'shuffled';
  /** The name of a field of system information goes by `id`, `name` or both. */
  readonly fieldKey: 'id' | 'name' | 'both';
  /** An invalid record: without its `lsid`. */
  readonly omitLsid: boolean;
}

/** What the appliance knows of a presentation. */
export interface PresentationSpec {
  readonly lsid: string;
  readonly startTime: Seconds;
  readonly endTime: Seconds | null;
  readonly type: string | null;
  readonly lseq: string | null;
  readonly publicSite: NamedSpec | null;
  readonly name: string | null;
  readonly externalKey: string | null;
  readonly chat: boolean;
  readonly recording: MediaSpec | null;
  readonly primaryRep: PersonSpec | null;
  readonly representatives: readonly RepresentativeSpec[] | null;
  readonly attendees: readonly AttendeeSpec[] | null;
  readonly events: readonly EventSpec[];
  readonly style: StyleSpec;
  readonly visibleFrom: Seconds | null;
}

export interface AttendeeSpec {
  readonly gsnumber: string | null;
  readonly name: string;
  readonly publicIp: string | null;
  readonly privateIp: string | null;
  readonly hostname: string | null;
  readonly os: string | null;
}
