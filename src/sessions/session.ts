import type { UnixSeconds } from '../platform/clock.ts';

/**
 * One support session as the appliance reports it. Texts are as they stand in the report (`Unknown`, `-1` and
 * `address:port` included): each destination decides what they mean to it. What is missing or empty is null.
 */
export interface Session {
  readonly lsid: string;
  readonly type: string | null;
  readonly lseq: string | null;
  readonly startTime: UnixSeconds | null;
  /** Null while the session is in progress, and for ever after an abnormal end. */
  readonly endTime: UnixSeconds | null;
  /** `HH:MM:SS`; hours may exceed 23. */
  readonly duration: string | null;
  readonly publicSite: Named | null;
  readonly jumpoint: Named | null;
  readonly jumpGroup: (Named & { readonly type: string | null }) | null;
  readonly externalKey: string | null;
  readonly customAttributes: readonly CustomAttribute[];
  readonly chatViewUrl: string | null;
  readonly chatDownloadUrl: string | null;
  readonly recordingViewUrl: string | null;
  readonly recordingDownloadUrl: string | null;
  readonly showMyScreenRecordings: readonly InstanceRecording[];
  readonly commandShellRecordings: readonly InstanceRecording[];
  readonly fileTransferCount: string | null;
  readonly fileMoveCount: string | null;
  readonly fileDeleteCount: string | null;
  readonly primaryCustomer: Participant | null;
  readonly primaryRepresentative: Participant | null;
  readonly primaryTeam: Named | null;
  readonly customers: readonly Customer[];
  readonly representatives: readonly Representative[];
  readonly teams: readonly Team[];
  readonly representativeJoinTime: UnixSeconds | null;
  readonly customerSurveys: readonly Participant[];
  readonly representativeSurveys: readonly Participant[];
  readonly events: readonly SessionEvent[];
}

export interface Named {
  readonly id: string | null;
  readonly name: string | null;
}

export interface CustomAttribute {
  readonly displayName: string | null;
  readonly codeName: string | null;
  readonly value: string | null;
}

/** A command shell or Show My Screen recording; `instance` counts from 0 within its session. */
export interface InstanceRecording {
  readonly instance: string | null;
  readonly downloadUrl: string | null;
  readonly viewUrl: string | null;
}

export interface Participant {
  readonly gsnumber: string | null;
  readonly id: string | null;
  readonly name: string | null;
}

export interface Customer {
  readonly gsnumber: string | null;
  readonly username: string | null;
  readonly publicIp: string | null;
  readonly privateIp: string | null;
  readonly hostname: string | null;
  readonly os: string | null;
  readonly primary: string | null;
  readonly rpatSupport: string | null;
  readonly name: string | null;
  readonly company: string | null;
  readonly companyCode: string | null;
  readonly issueId: string | null;
  readonly issue: string | null;
  readonly details: string | null;
}

export interface Representative {
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

export interface Team {
  readonly id: string | null;
  readonly name: string | null;
  readonly primary: string | null;
}

export interface SessionEvent {
  readonly time: UnixSeconds | null;
  readonly type: string | null;
  readonly performedBy: Actor | null;
  readonly destination: Actor | null;
  /** The text of a chat message or note; decoded when the appliance sent it as base64. */
  readonly body: string | null;
  /** Name–value pairs in document order; names may repeat. */
  readonly data: readonly EventValue[];
  readonly files: readonly EventFile[];
  readonly systemInformation: readonly SystemInformationCategory[];
}

export interface Actor {
  readonly type: string | null;
  readonly gsnumber: string | null;
  readonly name: string | null;
}

export interface EventValue {
  readonly name: string | null;
  readonly value: string | null;
}

/** `filename` and `filesize` given as elements, directly under the event or in `files/file`. */
export interface EventFile {
  readonly name: string | null;
  readonly size: string | null;
}

export interface SystemInformationCategory {
  readonly name: string | null;
  /** The cells of each row, in document order, with surrounding white space removed. */
  readonly rows: readonly (readonly SystemInformationField[])[];
}

export interface SystemInformationField {
  readonly id: string | null;
  readonly name: string | null;
  readonly value: string;
}

/**
 * A presentation. The vocabulary of this report is not documented, so only what files and tables need is read;
 * the record itself is kept verbatim.
 */
export interface Presentation {
  readonly lsid: string;
  readonly type: string | null;
  readonly lseq: string | null;
  readonly startTime: UnixSeconds | null;
  readonly endTime: UnixSeconds | null;
  readonly duration: string | null;
  readonly publicSite: Named | null;
  readonly name: string | null;
  readonly externalKey: string | null;
  readonly presenter: Participant | null;
  readonly recordingDownloadUrl: string | null;
  readonly recordingViewUrl: string | null;
  readonly attendees: readonly Attendee[];
}

export interface Attendee {
  readonly gsnumber: string | null;
  readonly name: string | null;
  readonly publicIp: string | null;
  readonly privateIp: string | null;
  readonly hostname: string | null;
  readonly os: string | null;
}
